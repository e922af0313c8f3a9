using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp;

/// <summary>A Bloom filter (<c>BPF_MAP_TYPE_BLOOM_FILTER</c>, kernel 5.16): it knows what was surely never added.</summary>
/// <typeparam name="T">The value.</typeparam>
/// <remarks>Operations may be called from any thread; disposing must not run at the same time as one.</remarks>
public sealed unsafe class BpfBloomFilter<T> : BpfMap
    where T : unmanaged
{
    /// <summary>Makes a typed view of a map.</summary>
    public BpfBloomFilter(BpfMap map) : base(map)
    {
        CheckKind(nameof(BpfBloomFilter<>), MapType.BloomFilter);
        CheckType<T>(ValueSize, "value");
    }

    /// <summary>Adds a value; it cannot be removed again.</summary>
    public void Add(T value) => Updated(BpfSyscall.MapUpdate(Fd, null, &value, 0), BpfUpdateMode.Any);

    /// <summary>Whether a value may have been added: false is certain.</summary>
    public bool MayContain(T value) => Found(BpfSyscall.MapLookup(Fd, null, &value), "look up a value in");
}
