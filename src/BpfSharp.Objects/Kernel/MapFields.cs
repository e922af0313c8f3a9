using System.Collections.Immutable;
using static BpfSharp.Objects.Kernel.ProgramType;
using static BpfSharp.Objects.Kernel.ProgramTypeGroups;

namespace BpfSharp.Objects.Kernel;

/// <summary>A kernel type that, in a map's values, decides which programs may use the map at all (<c>check_map_prog_compatibility</c>).</summary>
/// <param name="TypeName">The type's name in BTF.</param>
/// <param name="ProgramTypes">The program types that may use such a map.</param>
/// <param name="Sleepable">The first kernel that lets sleepable programs (a later one where the first is not known for sure).</param>
public sealed record MapField(string TypeName, ProgramTypeSet ProgramTypes, KernelVersion Sleepable);

/// <summary>The kernel types whose maps are not for all programs.</summary>
public static class MapFields
{
    private static readonly KernelVersion Always = new(5, 10);

    /// <summary>All that the compiler can put into a map's values.</summary>
    public static readonly ImmutableArray<MapField> All =
    [
        new("bpf_spin_lock", Common.Except(Kprobe, Tracepoint, PerfEvent, RawTracepoint, RawTracepointWritable, SocketFilter), new(6, 12)),
        new("bpf_timer", Common.Except(Kprobe, Tracepoint, PerfEvent, RawTracepoint, RawTracepointWritable), Always),
    ];
}
