using BpfSharp.Kernel.Metadata;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Kernel;

/// <summary>A hash table (<c>BPF_MAP_TYPE_HASH</c>, kernel 3.19).</summary>
/// <typeparam name="TKey">The keys' type.</typeparam>
/// <typeparam name="TValue">The values' type.</typeparam>
[KernelMapType(MapType.Hash, View = "BpfHashMap")]
public sealed class HashMap<TKey, TValue> : KeyedMap<TKey, TValue>
    where TKey : unmanaged
    where TValue : unmanaged
{
    /// <summary>Makes an empty map in .NET's memory, for tests. In a <c>[BpfObject]</c> class the build makes it.</summary>
    /// <param name="maxEntries">The capacity in entries.</param>
    public HashMap(uint maxEntries)
        : base(maxEntries)
    {
    }
}
