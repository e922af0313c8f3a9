using System.Runtime.CompilerServices;
using BpfSharp.Kernel.Metadata;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Kernel;

/// <summary>
/// A hash table with one value per processor that makes room by removing entries that were not used for long (<c>BPF_MAP_TYPE_LRU_PERCPU_HASH</c>,
/// kernel 4.10). Which one goes is approximate in the kernel; in .NET's memory, where there is one processor, it is the one that was added first.
/// </summary>
/// <typeparam name="TKey">The keys' type.</typeparam>
/// <typeparam name="TValue">The values' type.</typeparam>
[KernelMapType(MapType.LruPerCpuHash, View = "BpfPerCpuHashMap")]
public sealed class LruPerCpuHashMap<TKey, TValue> : KeyedMap<TKey, TValue>
    where TKey : unmanaged
    where TValue : unmanaged
{
    /// <summary>Makes an empty map in .NET's memory, for tests.</summary>
    /// <param name="maxEntries">The capacity in entries.</param>
    public LruPerCpuHashMap(uint maxEntries)
        : base(maxEntries)
    {
    }

    private protected override bool MakeRoom(Dictionary<TKey, StrongBox<TValue>> entries)
    {
        foreach (TKey oldest in entries.Keys) return entries.Remove(oldest);
        return false;
    }
}
