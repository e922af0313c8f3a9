using BpfSharp.Objects.Kernel;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>What <c>MaxEntries</c> is for a type of map.</summary>
internal enum MapCapacity
{
    /// <summary>A number of entries, which must be given.</summary>
    Entries,
    /// <summary>A size in bytes, which must be given: a power of two of whole pages.</summary>
    Bytes,
    /// <summary>A size in pages of 4096 bytes, which must be given.</summary>
    Pages,
    /// <summary>May be left out: the loader knows what is right.</summary>
    Optional,
    /// <summary>The kernel takes none: the map grows with what its values belong to.</summary>
    None,
}

/// <summary>What a type of map has besides its type arguments.</summary>
/// <param name="HasKey">Whether it has keys with a type: its first type argument of two, else a number.</param>
/// <param name="HasValue">Whether the last type argument is the type of its values for the kernel too; else it is only the records'.</param>
/// <param name="Capacity">What its capacity is.</param>
internal readonly record struct MapShape(bool HasKey, bool HasValue, MapCapacity Capacity)
{
    private static readonly Dictionary<MapType, MapShape> s_special = new()
    {
        [MapType.RingBuffer] = new(false, false, MapCapacity.Bytes),
        [MapType.UserRingBuffer] = new(false, false, MapCapacity.Bytes),
        [MapType.PerfEventArray] = new(false, false, MapCapacity.Optional),
        [MapType.Arena] = new(false, false, MapCapacity.Pages),
        [MapType.Queue] = new(false, true, MapCapacity.Entries),
        [MapType.Stack] = new(false, true, MapCapacity.Entries),
        [MapType.BloomFilter] = new(false, true, MapCapacity.Entries),
        [MapType.TaskStorage] = new(true, true, MapCapacity.None),
        [MapType.InodeStorage] = new(true, true, MapCapacity.None),
        [MapType.SkStorage] = new(true, true, MapCapacity.None),
        [MapType.CgroupStorage] = new(true, true, MapCapacity.None),
    };

    /// <summary>The shape of a type of map.</summary>
    public static MapShape Of(MapType type) => s_special.TryGetValue(type, out MapShape shape) ? shape : new(true, true, MapCapacity.Entries);
}
