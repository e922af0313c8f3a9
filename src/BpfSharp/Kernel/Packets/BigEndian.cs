using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>A number in network order. It converts to and from the machine's order by itself, so there is no conversion to forget.</summary>
/// <typeparam name="T">An integer or an enum.</typeparam>
[StructLayout(LayoutKind.Sequential)]
public readonly struct BigEndian<T> : IEquatable<BigEndian<T>>
    where T : unmanaged
{
    /// <summary>The bytes as they are in memory.</summary>
    public readonly T Raw;

    private BigEndian(T raw) => Raw = raw;

    /// <summary>The number in the machine's order.</summary>
    public T Value
    {
        [KernelIntrinsic("endian.toHost")]
        get => Swap(Raw);
    }

    /// <summary>Converts from network order.</summary>
    [KernelIntrinsic("endian.toHost")]
    public static implicit operator T(BigEndian<T> value) => Swap(value.Raw);

    /// <summary>Converts to network order.</summary>
    [KernelIntrinsic("endian.toNetwork")]
    public static implicit operator BigEndian<T>(T value) => new(Swap(value));

    /// <summary>Whether two numbers are equal.</summary>
    [KernelIntrinsic("struct.equals")]
    public static bool operator ==(BigEndian<T> left, BigEndian<T> right) => left.Equals(right);

    /// <summary>Whether two numbers differ.</summary>
    [KernelIntrinsic("struct.notEquals")]
    public static bool operator !=(BigEndian<T> left, BigEndian<T> right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(BigEndian<T> other) => BytewiseComparer<T>.Instance.Equals(Raw, other.Raw);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is BigEndian<T> other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => BytewiseComparer<T>.Instance.GetHashCode(Raw);

    /// <summary>The number as text. Not for kernel code.</summary>
    public override string ToString() => Value.ToString() ?? "";

    private static T Swap(T value)
    {
        if (BitConverter.IsLittleEndian) MemoryMarshal.AsBytes(new Span<T>(ref value)).Reverse();
        return value;
    }
}
