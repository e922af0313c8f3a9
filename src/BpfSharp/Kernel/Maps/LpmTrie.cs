using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfSharp.Kernel.Metadata;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Kernel;

/// <summary>A trie that finds the longest prefix of an address, as routing tables do (<c>BPF_MAP_TYPE_LPM_TRIE</c>, kernel 4.11).</summary>
/// <typeparam name="TKey">The address's type, e.g. <see cref="IPv4Address"/>.</typeparam>
/// <typeparam name="TValue">The values' type.</typeparam>
[KernelMapType(MapType.LpmTrie, Flags = NoPreallocation, View = "BpfLpmTrie")]
public sealed class LpmTrie<TKey, TValue> : KeyedMap<LpmKey<TKey>, TValue>
    where TKey : unmanaged
    where TValue : unmanaged
{
    // BPF_F_NO_PREALLOC, without which the kernel makes no trie.
    private const uint NoPreallocation = 1;

    /// <summary>Makes an empty map in .NET's memory, for tests.</summary>
    /// <param name="maxEntries">The capacity in entries.</param>
    public LpmTrie(uint maxEntries)
        : base(maxEntries)
    {
    }

    private protected override StrongBox<TValue>? Find(in LpmKey<TKey> key)
    {
        StrongBox<TValue>? best = null;
        long bestLength = -1;
        foreach ((LpmKey<TKey> prefix, StrongBox<TValue> box) in Boxes)
        {
            if (prefix.PrefixLength <= bestLength || prefix.PrefixLength > key.PrefixLength) continue;
            if (!StartsWith(key.Address, prefix.Address, prefix.PrefixLength)) continue;
            best = box;
            bestLength = prefix.PrefixLength;
        }

        return best;
    }

    private static bool StartsWith(TKey address, TKey prefix, uint bits)
    {
        ReadOnlySpan<byte> a = MemoryMarshal.AsBytes(new ReadOnlySpan<TKey>(ref address));
        ReadOnlySpan<byte> p = MemoryMarshal.AsBytes(new ReadOnlySpan<TKey>(ref prefix));
        int whole = (int)(bits / 8);
        int rest = (int)(bits % 8);
        if (!a[..whole].SequenceEqual(p[..whole])) return false;
        return rest == 0 || (a[whole] ^ p[whole]) >> (8 - rest) == 0;
    }
}
