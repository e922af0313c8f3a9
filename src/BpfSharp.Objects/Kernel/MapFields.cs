using System.Collections.Immutable;
using static BpfSharp.Objects.Kernel.ProgramType;
using static BpfSharp.Objects.Kernel.ProgramTypeGroups;

namespace BpfSharp.Objects.Kernel;

/// <summary>
/// A kernel type that only some maps may have in their values (<c>map_check_btf</c>), and that decides which programs may use these maps at all
/// (<c>check_map_prog_compatibility</c>).
/// </summary>
/// <param name="TypeName">The type's name in BTF.</param>
/// <param name="MapTypes">The types of maps that may have it, each since the kernel that has both.</param>
/// <param name="ProgramTypes">The program types that may use such a map.</param>
/// <param name="Everyone">The first kernel that lets all types, null if none does.</param>
/// <param name="Sleepable">The first kernel that lets sleepable programs.</param>
/// <remarks>Where the first kernel is not known for sure, a later one stands for it.</remarks>
public sealed record MapField(string TypeName, ImmutableArray<MapType> MapTypes, ProgramTypeSet ProgramTypes, KernelVersion? Everyone, KernelVersion Sleepable)
{
    /// <summary>The first kernel on which a program may use such a map, null if there is none.</summary>
    public KernelVersion? SinceFor(ProgramType type, bool sleepable) =>
        !ProgramTypes.Contains(type) ? Everyone : sleepable ? Sleepable : new KernelVersion(5, 1);
}

/// <summary>The kernel types that not all maps may have, and whose maps are not for all programs.</summary>
public static class MapFields
{
    /// <summary>All that the compiler can put into a map's values.</summary>
    public static readonly ImmutableArray<MapField> All =
    [
        new("bpf_spin_lock", [MapType.Hash, MapType.Array, MapType.SkStorage, MapType.InodeStorage, MapType.TaskStorage, MapType.CgroupStorage],
            Common.Except(Kprobe, Tracepoint, PerfEvent, RawTracepoint, RawTracepointWritable, SocketFilter), null, new(6, 12)),
        new("bpf_timer", [MapType.Hash, MapType.Array, MapType.LruHash],
            Common.Except(Kprobe, Tracepoint, PerfEvent, RawTracepoint, RawTracepointWritable), new(7, 2), new(5, 15)),
    ];

    /// <summary>What holds for a type by its name in BTF.</summary>
    public static MapField Of(string typeName) => All.First(field => field.TypeName == typeName);
}
