using System.Net;
using System.Runtime.InteropServices;
using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>An IPv6 address as it is in a packet: 16 bytes in network order.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IPv6Address : IEquatable<IPv6Address>
{
    // Four words and not two: a longest-prefix key has the address at offset 4.
    private uint _bits0;
    private uint _bits1;
    private uint _bits2;
    private uint _bits3;

    /// <summary>Whether two addresses are equal.</summary>
    [KernelIntrinsic("struct.equals")]
    public static bool operator ==(IPv6Address left, IPv6Address right) => left.Equals(right);

    /// <summary>Whether two addresses differ.</summary>
    [KernelIntrinsic("struct.notEquals")]
    public static bool operator !=(IPv6Address left, IPv6Address right) => !left.Equals(right);

    /// <summary>Reads an address from text. Not for kernel code.</summary>
    /// <exception cref="FormatException">The text is not an IPv6 address.</exception>
    public static IPv6Address Parse(string text) => FromIPAddress(IPAddress.Parse(text));

    /// <summary>Converts from .NET's address. Not for kernel code.</summary>
    /// <exception cref="FormatException">It is not an IPv6 address.</exception>
    public static IPv6Address FromIPAddress(IPAddress address)
    {
        byte[] bytes = address.GetAddressBytes();
        return bytes.Length == ByteCount
            ? MemoryMarshal.Read<IPv6Address>(bytes)
            : throw new FormatException($"{address} is not an IPv6 address.");
    }

    /// <summary>Converts to .NET's address. Not for kernel code.</summary>
    public readonly IPAddress ToIPAddress() => new(MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(in _bits0, 4)));

    /// <inheritdoc/>
    public readonly bool Equals(IPv6Address other) => BytewiseComparer<IPv6Address>.Instance.Equals(this, other);

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is IPv6Address other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode() => BytewiseComparer<IPv6Address>.Instance.GetHashCode(this);

    /// <summary>The address as text. Not for kernel code.</summary>
    public override readonly string ToString() => ToIPAddress().ToString();

    private const int ByteCount = 16;
}
