namespace BpfSharp;

/// <summary>What an update may do (the kernel's <c>BPF_ANY</c>, <c>BPF_NOEXIST</c> and <c>BPF_EXIST</c>).</summary>
public enum BpfUpdateMode
{
    /// <summary>Create or replace (<c>BPF_ANY</c>).</summary>
    Any = 0,

    /// <summary>Create only (<c>BPF_NOEXIST</c>).</summary>
    MustBeNew = 1,

    /// <summary>Replace only (<c>BPF_EXIST</c>).</summary>
    MustExist = 2,
}
