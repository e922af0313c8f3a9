using System.Runtime.InteropServices;
using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>A key of an <see cref="LpmTrie{TKey, TValue}"/>: an address and how many of its leading bits count (<c>struct bpf_lpm_trie_key</c>).</summary>
/// <typeparam name="T">The address, in network order, e.g. <see cref="IPv4Address"/>.</typeparam>
[StructLayout(LayoutKind.Sequential)]
public struct LpmKey<T>
    where T : unmanaged
{
    /// <summary>How many leading bits of <see cref="Address"/> count.</summary>
    public uint PrefixLength;

    /// <summary>The address; its first byte is the most significant.</summary>
    public T Address;

    /// <summary>Makes a key of a prefix length in bits and an address.</summary>
    [KernelConstructor(nameof(PrefixLength), nameof(Address))]
    public LpmKey(uint prefixLength, T address)
    {
        PrefixLength = prefixLength;
        Address = address;
    }
}
