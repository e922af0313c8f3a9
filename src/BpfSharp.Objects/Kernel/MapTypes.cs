namespace BpfSharp.Objects.Kernel;

/// <summary>Facts about map types.</summary>
public static class MapTypes
{
    // Indexed by MapType.
    private static readonly KernelVersion[] FirstKernels =
    [
        default, // Unspecified
        new(3, 19), // Hash
        new(3, 19), // Array
        new(4, 2), // ProgramArray
        new(4, 3), // PerfEventArray
        new(4, 6), // PerCpuHash
        new(4, 6), // PerCpuArray
        new(4, 6), // StackTrace
        new(4, 8), // CgroupArray
        new(4, 10), // LruHash
        new(4, 10), // LruPerCpuHash
        new(4, 11), // LpmTrie
        new(4, 12), // ArrayOfMaps
        new(4, 12), // HashOfMaps
        new(4, 14), // DevMap
        new(4, 14), // SockMap
        new(4, 15), // CpuMap
        new(4, 18), // XskMap
        new(4, 18), // SockHash
        new(4, 19), // CgroupStorageDeprecated
        new(4, 19), // ReuseportSockArray
        new(4, 20), // PerCpuCgroupStorage
        new(4, 20), // Queue
        new(4, 20), // Stack
        new(5, 2), // SkStorage
        new(5, 4), // DevMapHash
        new(5, 6), // StructOps
        new(5, 8), // RingBuffer
        new(5, 10), // InodeStorage
        new(5, 11), // TaskStorage
        new(5, 16), // BloomFilter
        new(6, 1), // UserRingBuffer
        new(6, 2), // CgroupStorage
        new(6, 9), // Arena
        new(6, 19), // InstructionArray
    ];

    /// <summary>The first kernel with a map type.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The type is not known.</exception>
    public static KernelVersion Since(MapType type) =>
        type != MapType.Unspecified && (uint)type < (uint)FirstKernels.Length
            ? FirstKernels[(int)type]
            : throw new ArgumentOutOfRangeException(nameof(type), type, "This map type is not known.");

    /// <summary>The first kernel that lets programs that may sleep use a map type; null if none up to 6.18 does.</summary>
    public static KernelVersion? SinceForSleepable(MapType type) => type switch
    {
        MapType.Hash or MapType.LruHash or MapType.Array => new(5, 10),
        MapType.PerCpuHash or MapType.PerCpuArray or MapType.LruPerCpuHash or MapType.ArrayOfMaps or MapType.HashOfMaps or MapType.RingBuffer => new(5, 12),
        MapType.InodeStorage or MapType.SkStorage or MapType.TaskStorage => new(5, 17),
        MapType.UserRingBuffer => new(6, 1),
        MapType.CgroupStorage => new(6, 2),
        MapType.Arena => new(6, 9),
        // 6.1 has not, and 6.12 has.
        MapType.Queue or MapType.Stack => new(6, 12),
        _ => null,
    };
}
