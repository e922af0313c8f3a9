using BpfSharp.Objects.Kernel;

namespace BpfSharp.Maps;

/// <summary>What follows from a map's type.</summary>
internal static class MapTypeFacts
{
    /// <summary><c>BPF_F_LOCK</c>.</summary>
    public const ulong LockFlag = 4;

    /// <summary>Whether the kernel lets values have a <c>struct bpf_spin_lock</c>.</summary>
    public static bool HasValueLocks(this MapType type) => type
        is MapType.Hash or MapType.Array or MapType.CgroupStorageDeprecated
        or MapType.SkStorage or MapType.InodeStorage or MapType.TaskStorage or MapType.CgroupStorage;

    /// <summary>Whether there is a value for each CPU.</summary>
    public static bool IsPerCpu(this MapType type) => type
        is MapType.PerCpuHash or MapType.PerCpuArray or MapType.LruPerCpuHash or MapType.PerCpuCgroupStorage;

    /// <summary>Whether batches walk its buckets, each of which is read whole and once.</summary>
    public static bool IsWalkedByBuckets(this MapType type) => type
        is MapType.Hash or MapType.LruHash or MapType.PerCpuHash or MapType.LruPerCpuHash;

    /// <summary>Whether the capacity is in bytes, a power of two and at least a page.</summary>
    public static bool IsRing(this MapType type) => type is MapType.RingBuffer or MapType.UserRingBuffer;

    /// <summary>Whether values are descriptors of other maps.</summary>
    public static bool IsMapOfMaps(this MapType type) => type is MapType.ArrayOfMaps or MapType.HashOfMaps;

    /// <summary>Whether the kernel refuses BTF types of keys and values for it (as libbpf has it).</summary>
    public static bool RefusesBtf(this MapType type) => type
        is MapType.PerfEventArray or MapType.CgroupArray or MapType.StackTrace or MapType.ArrayOfMaps or MapType.HashOfMaps
        or MapType.DevMap or MapType.DevMapHash or MapType.CpuMap or MapType.XskMap or MapType.SockMap or MapType.SockHash
        or MapType.ProgramArray or MapType.ReuseportSockArray or MapType.RingBuffer or MapType.UserRingBuffer;
}
