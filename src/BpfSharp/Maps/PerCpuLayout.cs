using System.Runtime.CompilerServices;

namespace BpfSharp.Maps;

/// <summary>How the kernel lays out the values of a key of a per-CPU map: one for each possible CPU, each with its size rounded up to eight bytes.</summary>
internal static unsafe class PerCpuLayout
{
    /// <summary>Bytes from one CPU's value to the next's.</summary>
    public static int Stride(int valueSize) => (valueSize + 7) & ~7;

    /// <summary>Writes values with the kernel's padding between them, which stays as it is.</summary>
    public static void Spread<T>(ReadOnlySpan<T> values, byte* raw) where T : unmanaged
    {
        nint stride = Stride(sizeof(T));
        for (int i = 0; i < values.Length; i++) Unsafe.WriteUnaligned(raw + (i * stride), values[i]);
    }

    /// <summary>Reads values that have the kernel's padding between them.</summary>
    public static void Gather<T>(byte* raw, Span<T> values) where T : unmanaged
    {
        nint stride = Stride(sizeof(T));
        for (int i = 0; i < values.Length; i++) values[i] = Unsafe.ReadUnaligned<T>(raw + (i * stride));
    }

    /// <summary>Moves values together, over the padding.</summary>
    public static void Compact<T>(Span<byte> raw, int count) where T : unmanaged
    {
        if (Stride(sizeof(T)) == sizeof(T)) return;
        for (int i = 1; i < count; i++) raw.Slice(i * Stride(sizeof(T)), sizeof(T)).CopyTo(raw[(i * sizeof(T))..]);
    }
}
