using BpfSharp.Kernel.Metadata;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Kernel;

/// <summary>
/// A Bloom filter (<c>BPF_MAP_TYPE_BLOOM_FILTER</c>, kernel 5.16): it knows for certain what was never added, in a few bits per value. The kernel makes it with
/// five hash functions, which gives about 3 wrong answers in 100 when it is filled to its capacity. In .NET's memory it makes no mistakes.
/// </summary>
/// <typeparam name="T">The values' type; values are equal if their bytes are.</typeparam>
[KernelMapType(MapType.BloomFilter, View = "BpfBloomFilter")]
public sealed class BloomFilter<T>
    where T : unmanaged
{
    private readonly HashSet<T> _values = new(BytewiseComparer<T>.Instance);

    /// <summary>Makes an empty filter in .NET's memory, for tests. In a <c>[BpfObject]</c> class the build makes it.</summary>
    /// <param name="maxEntries">How many values it is made for; more can be added, with more mistakes.</param>
    public BloomFilter(uint maxEntries) => MaxEntries = maxEntries;

    /// <summary>How many values it is made for.</summary>
    public uint MaxEntries { get; }

    /// <summary>Adds a value, which cannot be removed again (<c>bpf_map_push_elem</c>).</summary>
    [KernelIntrinsic("bloom.add")]
    public void Add(scoped in T value)
    {
        lock (_values) _values.Add(value);
    }

    /// <summary>Whether a value may have been added; false is certain (<c>bpf_map_peek_elem</c>).</summary>
    [KernelIntrinsic("bloom.mayContain")]
    public bool MayContain(scoped in T value)
    {
        lock (_values) return _values.Contains(value);
    }

    /// <summary>Forgets all values. Not for kernel code.</summary>
    public void Clear()
    {
        lock (_values) _values.Clear();
    }
}
