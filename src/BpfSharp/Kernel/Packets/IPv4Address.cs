using System.Net;
using System.Runtime.InteropServices;
using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>An IPv4 address as it is in a packet: four bytes in network order.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IPv4Address : IEquatable<IPv4Address>
{
    private uint _bits;

    /// <summary>Makes an address of its four bytes, e.g. 127, 0, 0, 1.</summary>
    [KernelIntrinsic("ipv4.create")]
    public IPv4Address(byte a, byte b, byte c, byte d)
    {
        Span<byte> bytes = MemoryMarshal.AsBytes(new Span<uint>(ref _bits));
        (bytes[0], bytes[1], bytes[2], bytes[3]) = (a, b, c, d);
    }

    /// <summary>Whether two addresses are equal.</summary>
    [KernelIntrinsic("struct.equals")]
    public static bool operator ==(IPv4Address left, IPv4Address right) => left.Equals(right);

    /// <summary>Whether two addresses differ.</summary>
    [KernelIntrinsic("struct.notEquals")]
    public static bool operator !=(IPv4Address left, IPv4Address right) => !left.Equals(right);

    /// <summary>Reads an address from text. Not for kernel code.</summary>
    /// <exception cref="FormatException">The text is not an IPv4 address.</exception>
    public static IPv4Address Parse(string text) => FromIPAddress(IPAddress.Parse(text));

    /// <summary>Converts from .NET's address. Not for kernel code.</summary>
    /// <exception cref="FormatException">It is not an IPv4 address.</exception>
    public static IPv4Address FromIPAddress(IPAddress address)
    {
        byte[] bytes = address.GetAddressBytes();
        return bytes.Length == ByteCount
            ? MemoryMarshal.Read<IPv4Address>(bytes)
            : throw new FormatException($"{address} is not an IPv4 address.");
    }

    /// <summary>Converts to .NET's address. Not for kernel code.</summary>
    public readonly IPAddress ToIPAddress() => new(MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in _bits)));

    /// <inheritdoc/>
    public readonly bool Equals(IPv4Address other) => BytewiseComparer<IPv4Address>.Instance.Equals(this, other);

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is IPv4Address other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode() => BytewiseComparer<IPv4Address>.Instance.GetHashCode(this);

    /// <summary>The address as text. Not for kernel code.</summary>
    public override readonly string ToString() => ToIPAddress().ToString();

    private const int ByteCount = 4;
}
