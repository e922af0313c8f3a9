using BpfSharp.Objects.Kernel;

namespace BpfSharp;

/// <summary>What kind of thing a load needs.</summary>
public enum BpfRequirementKind
{
    /// <summary>A capability of this process, e.g. <c>CAP_BPF</c>.</summary>
    Capability,
    /// <summary>A type of map.</summary>
    MapType,
    /// <summary>A type of program.</summary>
    ProgramType,
    /// <summary>A hook, e.g. <c>tcx/ingress</c>.</summary>
    Hook,
    /// <summary>A helper that programs of a type call.</summary>
    Helper,
    /// <summary>A function of the kernel that programs call (a kfunc).</summary>
    KernelFunction,
    /// <summary>The kernel's description of its own types (<c>/sys/kernel/btf/vmlinux</c>).</summary>
    KernelTypes,
    /// <summary>What a program is attached to: a tracepoint, a function, a file.</summary>
    Target,
    /// <summary>Something else that came with a version of the kernel.</summary>
    Feature,
}

/// <summary>One thing that a load needs.</summary>
/// <param name="Kind">What kind of thing.</param>
/// <param name="Name">Its name.</param>
/// <param name="NeededBy">The program or map that needs it, "" for the whole object.</param>
/// <param name="Since">The first kernel that has it, null where that is no question of the version.</param>
/// <param name="IsOptional">Whether the load goes on without it: the program is optional or another stands in for it.</param>
public sealed record BpfRequirement(BpfRequirementKind Kind, string Name, string NeededBy, KernelVersion? Since, bool IsOptional)
{
    /// <summary>The type of the programs that call a helper.</summary>
    internal ProgramType ProgramType { get; init; }

    /// <summary>The type of map, program, or the number of the helper.</summary>
    internal int Number { get; init; }

    /// <summary>How the target is found.</summary>
    internal Programs.AttachMethod Method { get; init; }

    /// <summary>The attach type of a hook, and of the program whose target it is.</summary>
    internal AttachType? AttachType { get; init; }

    /// <summary>The thing, who needs it, and since when kernels have it.</summary>
    public override string ToString() =>
        $"{Kind} {Name}" + (NeededBy.Length > 0 ? $" for {NeededBy}" : "") + (Since is { } since ? $" (Linux {since})" : "") + (IsOptional ? ", optional" : "");
}

/// <summary>Something that a load needs and that is missing here.</summary>
/// <param name="Requirement">What.</param>
/// <param name="Reason">How that is known, and what to do.</param>
public sealed record BpfShortcoming(BpfRequirement Requirement, string Reason)
{
    /// <summary>The thing and the reason.</summary>
    public override string ToString() => $"{Requirement}: {Reason}";
}
