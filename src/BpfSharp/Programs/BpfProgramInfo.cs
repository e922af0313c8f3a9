using BpfSharp.Objects.Kernel;

namespace BpfSharp;

/// <summary>What the kernel knows of a program (<c>struct bpf_prog_info</c>).</summary>
public sealed record BpfProgramInfo
{
    /// <summary>The program's id, unique while it lives.</summary>
    public uint Id { get; init; }

    /// <summary>The name, at most 15 characters.</summary>
    public string Name { get; init; } = "";

    /// <summary>The program type.</summary>
    public ProgramType Type { get; init; }

    /// <summary>The tag: a hash of the instructions. In hexadecimal digits (<c>x16</c>) it reads as bpftool and <c>/proc</c> have it.</summary>
    public ulong Tag { get; init; }

    /// <summary>Bytes of machine code.</summary>
    public int JitedLength { get; init; }

    /// <summary>Bytes of bytecode after the verifier's rewriting.</summary>
    public int TranslatedLength { get; init; }

    /// <summary>When it was loaded, since boot.</summary>
    public TimeSpan LoadTime { get; init; }

    /// <summary>How many maps it uses.</summary>
    public int MapCount { get; init; }

    /// <summary>The id of its BTF, 0 if there is none.</summary>
    public uint BtfId { get; init; }

    /// <summary>The time it ran while run statistics were on (<see cref="BpfRunStatistics"/>), in nanoseconds.</summary>
    public ulong RunTimeNanoseconds { get; init; }

    /// <summary>How often it ran while run statistics were on.</summary>
    public ulong RunCount { get; init; }

    /// <summary>How often it was not run because it was running already on that CPU (kernel 5.12).</summary>
    public ulong RecursionMisses { get; init; }

    /// <summary>How many instructions the verifier looked at (kernel 5.16).</summary>
    public uint VerifiedInstructions { get; init; }
}
