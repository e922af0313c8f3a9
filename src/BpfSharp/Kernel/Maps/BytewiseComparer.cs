using System.Runtime.InteropServices;

namespace BpfSharp.Kernel;

/// <summary>Compares keys as the kernel does: by their bytes.</summary>
internal sealed class BytewiseComparer<T> : IEqualityComparer<T>
    where T : unmanaged
{
    public static readonly BytewiseComparer<T> Instance = new();

    public bool Equals(T x, T y) => Bytes(ref x).SequenceEqual(Bytes(ref y));

    public int GetHashCode(T obj)
    {
        HashCode hash = default;
        hash.AddBytes(Bytes(ref obj));
        return hash.ToHashCode();
    }

    private static ReadOnlySpan<byte> Bytes(ref T value) => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(ref value));
}
