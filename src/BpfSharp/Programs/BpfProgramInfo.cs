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

    /// <summary>Who loaded it (<c>created_by_uid</c>, kernel 4.15).</summary>
    public uint UserId { get; init; }

    /// <summary>Whether its licence is compatible with the GPL, so that it may call the helpers that are for such (<c>gpl_compatible</c>, kernel 4.18; false before).</summary>
    public bool IsGplCompatible { get; init; }

    /// <summary>How many maps it uses (<c>nr_map_ids</c>, kernel 4.15); <see cref="BpfProgram.GetMapIds"/> says which.</summary>
    public int MapCount { get; init; }

    /// <summary>The id of its BTF (<see cref="BpfBtf"/>), 0 if there is none (kernel 5.0).</summary>
    public uint BtfId { get; init; }

    /// <summary>The time it ran while run statistics were on (<see cref="BpfRunStatistics"/>), in nanoseconds.</summary>
    public ulong RunTimeNanoseconds { get; init; }

    /// <summary>How often it ran while run statistics were on.</summary>
    public ulong RunCount { get; init; }

    /// <summary>How often it was not run because it was running already on that CPU (<c>recursion_misses</c>, kernel 5.12; null before).</summary>
    public ulong? RecursionMisses { get; init; }

    /// <summary>How many instructions the verifier looked at (<c>verified_insns</c>, kernel 5.16; null before).</summary>
    public uint? VerifiedInstructions { get; init; }

    /// <summary>
    /// The BTF in which the thing is described that it was loaded for, e.g. a traced function of the kernel (<c>attach_btf_obj_id</c>, kernel 6.0; null before). 0 where it was loaded for nothing in particular, or to replace a
    /// function of another program.
    /// </summary>
    public uint? AttachBtfId { get; init; }

    /// <summary>That thing's type in it, 0 if there is none (<c>attach_btf_id</c>, kernel 6.0; null before).</summary>
    public uint? AttachTypeId { get; init; }
}
