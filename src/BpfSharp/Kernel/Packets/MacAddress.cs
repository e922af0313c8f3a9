using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>An Ethernet address: six bytes.</summary>
[InlineArray(6)]
public struct MacAddress : IEquatable<MacAddress>
{
    private byte _first;

    /// <summary>Whether two addresses are equal.</summary>
    [KernelIntrinsic("struct.equals")]
    public static bool operator ==(MacAddress left, MacAddress right) => left.Equals(right);

    /// <summary>Whether two addresses differ.</summary>
    [KernelIntrinsic("struct.notEquals")]
    public static bool operator !=(MacAddress left, MacAddress right) => !left.Equals(right);

    /// <inheritdoc/>
    public readonly bool Equals(MacAddress other) => BytewiseComparer<MacAddress>.Instance.Equals(this, other);

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is MacAddress other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode() => BytewiseComparer<MacAddress>.Instance.GetHashCode(this);

    /// <summary>The address as six bytes in hexadecimal. Not for kernel code.</summary>
    public override readonly string ToString() =>
        Convert.ToHexString(MemoryMarshal.CreateReadOnlySpan(in _first, 6)).Insert(10, ":").Insert(8, ":").Insert(6, ":").Insert(4, ":").Insert(2, ":");
}
