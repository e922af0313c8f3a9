using BpfSharp.Errors;
using BpfSharp.Objects;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;
using KernelVersion = BpfSharp.Errors.KernelVersion;

namespace BpfSharp.Maps;

/// <summary>What errors of map operations mean.</summary>
internal static class MapErrors
{
    /// <summary>The kernel versions that brought the newer map types.</summary>
    private static readonly Dictionary<MapType, string> Since = new()
    {
        [MapType.Queue] = "4.20",
        [MapType.Stack] = "4.20",
        [MapType.SkStorage] = "5.2",
        [MapType.DevMapHash] = "5.4",
        [MapType.StructOps] = "5.6",
        [MapType.RingBuffer] = "5.8",
        [MapType.InodeStorage] = "5.10",
        [MapType.TaskStorage] = "5.11",
        [MapType.BloomFilter] = "5.16",
        [MapType.UserRingBuffer] = "6.1",
        [MapType.CgroupStorage] = "6.2",
        [MapType.Arena] = "6.9",
    };

    /// <summary>Why a map could not be created, null if only the error number is known.</summary>
    public static string? CreateHint(MapSpec spec, uint maxEntries, Errno error) => error switch
    {
        Errno.EINVAL when Since.TryGetValue(spec.Type, out string? since) && KernelVersion.Running < KernelVersion.Parse(since) =>
            $"this type of map needs Linux {since}, and {KernelVersion.Running} is running",
        Errno.EINVAL or Errno.E2BIG when maxEntries == 0 => "its capacity is 0; set MaxEntries",
        Errno.EINVAL or Errno.E2BIG =>
            $"the kernel does not take a key of {spec.KeySize} and a value of {spec.ValueSize} bytes, {maxEntries} entries and flags 0x{spec.Flags:x} for this type",
        _ => null,
    };

    /// <summary>Why an update failed, null if only the error number is known.</summary>
    public static string? UpdateHint(BpfMap map, Errno error) => error switch
    {
        Errno.E2BIG => $"the map is full or the index is out of range; it holds {map.MaxEntries} entries",
        Errno.ENOSPC => $"the map is full; it holds {map.MaxEntries} entries",
        Errno.EPERM => "the map is frozen or read-only for user space",
        Errno.EEXIST => "entries of arrays are always there",
        _ => null,
    };
}
