namespace BpfSharp.Kernel;

/// <summary>What becomes of a message or packet after a program of a socket (<c>enum sk_action</c>).</summary>
public enum SkAction
{
    /// <summary>It is dropped; a message's sender gets an error (<c>SK_DROP</c>).</summary>
    Drop = 0,

    /// <summary>It goes on, to where a redirect said if there was one (<c>SK_PASS</c>).</summary>
    Pass = 1,
}
