using System.Numerics;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Maps;

/// <summary>Capacities as the kernel accepts them.</summary>
internal static class MapSizes
{
    /// <summary>The capacity to create a map with.</summary>
    public static uint Normalise(MapType type, uint maxEntries)
    {
        if (type.IsRing()) return RingBytes(maxEntries, (uint)Environment.SystemPageSize);
        // One buffer per CPU unless the object says otherwise, as libbpf does.
        return type == MapType.PerfEventArray && maxEntries == 0 ? (uint)PossibleCpus.Count : maxEntries;
    }

    /// <summary>The smallest size of a ring buffer that holds <paramref name="bytes"/>: a power of two of whole pages.</summary>
    internal static uint RingBytes(uint bytes, uint page) => bytes > 1u << 31 ? bytes : Math.Max(BitOperations.RoundUpToPowerOf2(bytes), page);
}
