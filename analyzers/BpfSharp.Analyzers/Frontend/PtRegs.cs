namespace BpfSharp.Analyzers.Frontend;

/// <summary>Where an architecture keeps what probes read.</summary>
internal sealed class PtRegs
{
    /// <summary>A register: a member of a struct, or an element of an array in it.</summary>
    /// <param name="Member">The member's name.</param>
    /// <param name="Index">The element's index, -1 if the member is no array.</param>
    /// <param name="Struct">The struct, null for the architecture's usual one.</param>
    internal readonly record struct Place(string Member, int Index = -1, string? Struct = null);

    /// <summary>Bytes of x86-64's structure.</summary>
    public const int Size = 168;

    /// <summary>The struct with the registers.</summary>
    public string Struct { get; }

    /// <summary>How many elements the array of registers has.</summary>
    public int Count { get; }

    /// <summary>A function's arguments.</summary>
    public Place[] Arguments { get; }

    /// <summary>A system call's arguments.</summary>
    public Place[] SystemCallArguments { get; }

    /// <summary>A function's result.</summary>
    public Place ReturnValue { get; }

    private PtRegs(string name, int count, Place[] arguments, Place[] systemCallArguments, Place returnValue)
    {
        Struct = name;
        Count = count;
        Arguments = arguments;
        SystemCallArguments = systemCallArguments;
        ReturnValue = returnValue;
    }

    /// <summary>x86-64. The flavour keeps it from being one type with another architecture's.</summary>
    public static readonly PtRegs X64 = new(
        "pt_regs___x64",
        0,
        [new("di"), new("si"), new("dx"), new("cx"), new("r8"), new("r9")],
        [new("di"), new("si"), new("dx"), new("r10"), new("r8"), new("r9")],
        new("ax"));

    /// <summary>ARM64. Programs see the registers as the struct of user space; the first argument of a system call is overwritten by its result, and kept beside.</summary>
    public static readonly PtRegs Arm64 = new(
        "user_pt_regs___arm64",
        31,
        [new("regs", 0), new("regs", 1), new("regs", 2), new("regs", 3), new("regs", 4), new("regs", 5)],
        [new("orig_x0", -1, "pt_regs___arm64"), new("regs", 1), new("regs", 2), new("regs", 3), new("regs", 4), new("regs", 5)],
        new("regs", 0));
}
