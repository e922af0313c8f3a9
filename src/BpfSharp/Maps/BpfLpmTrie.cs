using BpfSharp.Objects.Kernel;

namespace BpfSharp;

/// <summary>
/// A trie of prefixes (<c>BPF_MAP_TYPE_LPM_TRIE</c>): a lookup finds the entry with the longest prefix that matches the key.
/// </summary>
/// <typeparam name="TKey">The key: a 32-bit prefix length in bits, then the data in network byte order.</typeparam>
/// <typeparam name="TValue">The value.</typeparam>
/// <remarks>
/// <see cref="BpfKeyedMap{TKey, TValue}.Remove"/> removes the entry of exactly this prefix, as the kernel does. Kernels before 6.13, unless they were corrected later, do not ask whether a
/// prefix is there: adding replaces, and replacing adds. Operations may be called from any thread; disposing must not run at the same time as one.
/// </remarks>
public sealed class BpfLpmTrie<TKey, TValue> : BpfKeyedMap<TKey, TValue>
    where TKey : unmanaged
    where TValue : unmanaged
{
    /// <summary>Makes a typed view of a map.</summary>
    /// <exception cref="ArgumentException">It is of another kind, or its keys or values are of another size.</exception>
    public BpfLpmTrie(BpfMap map) : base(map) => CheckKind(nameof(BpfLpmTrie<,>), MapType.LpmTrie);
}
