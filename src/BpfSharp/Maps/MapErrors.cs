using BpfSharp.Errors;
using BpfSharp.Objects;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp.Maps;

/// <summary>What errors of map operations mean.</summary>
internal static class MapErrors
{
    /// <summary>Why a map could not be created, null if only the error number is known.</summary>
    public static string? CreateHint(MapSpec spec, uint maxEntries, Errno error) => error switch
    {
        Errno.EINVAL when spec.Type is > MapType.Unspecified and <= MapType.Arena && RunningKernel.Version < MapTypes.Since(spec.Type) =>
            $"this type of map needs Linux {MapTypes.Since(spec.Type)}, and {RunningKernel.Version} is running",
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
