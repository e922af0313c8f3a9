using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BpfSharp.Kernel;

/// <summary>What the contexts of several hooks do in .NET.</summary>
internal static class ContextBytes
{
    /// <summary><c>bpf_skb_load_bytes</c>: a value out of a packet, zeros if it is too short.</summary>
    public static bool TryLoad<T>(ReadOnlySpan<byte> packet, uint offset, out T value)
        where T : unmanaged
    {
        bool inside = offset + (ulong)Unsafe.SizeOf<T>() <= (ulong)packet.Length;
        value = inside ? MemoryMarshal.Read<T>(packet[(int)offset..]) : default;
        return inside;
    }
}
