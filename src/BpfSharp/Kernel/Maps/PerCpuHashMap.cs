using BpfSharp.Kernel.Metadata;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Kernel;

/// <summary>
/// A hash table with one value per processor, of which a program sees its own processor's (<c>BPF_MAP_TYPE_PERCPU_HASH</c>, kernel 4.6).
/// In .NET's memory there is one processor.
/// </summary>
/// <typeparam name="TKey">The keys' type.</typeparam>
/// <typeparam name="TValue">The values' type.</typeparam>
[KernelMapType(MapType.PerCpuHash, View = "BpfPerCpuHashMap")]
public sealed class PerCpuHashMap<TKey, TValue> : KeyedMap<TKey, TValue>
    where TKey : unmanaged
    where TValue : unmanaged
{
    /// <summary>Makes an empty map in .NET's memory, for tests.</summary>
    /// <param name="maxEntries">The capacity in entries.</param>
    public PerCpuHashMap(uint maxEntries)
        : base(maxEntries)
    {
    }
}
