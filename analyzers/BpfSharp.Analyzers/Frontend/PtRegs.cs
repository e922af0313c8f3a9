namespace BpfSharp.Analyzers.Frontend;

/// <summary>Where x86-64 keeps what probes read (<c>struct pt_regs</c>).</summary>
internal static class PtRegs
{
    /// <summary>Bytes of the structure.</summary>
    public const int Size = 168;

    /// <summary>The function's result (<c>ax</c>).</summary>
    public const int ReturnValue = 80;

    /// <summary>The function's arguments (<c>di</c>, <c>si</c>, <c>dx</c>, <c>cx</c>, <c>r8</c>).</summary>
    public static readonly int[] Arguments = [112, 104, 96, 88, 72];
}
