using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>
/// The context of a <see cref="BpfHook.SocketFilter"/> program: a packet for a socket (<c>struct __sk_buff</c>). The program returns how
/// many of its bytes the socket gets: 0 drops it, -1 keeps it whole.
/// </summary>
[KernelContext(CName = "__sk_buff", Hooks = [BpfHook.SocketFilter])]
public readonly ref struct SocketFilterContext
{
    private readonly ReadOnlySpan<byte> _packet;

    /// <summary>Makes a context of a packet, for tests.</summary>
    public SocketFilterContext(ReadOnlySpan<byte> packet) => _packet = packet;

    /// <summary>The packet's length in bytes (<c>len</c>).</summary>
    [KernelContextField(0, 4)]
    public uint Length => (uint)_packet.Length;

    /// <summary>Copies a value out of the packet (<c>bpf_skb_load_bytes</c>, kernel 4.5).</summary>
    /// <param name="offset">Bytes from the packet's start.</param>
    /// <param name="value">The value; zeros if the packet is too short.</param>
    /// <returns>Whether the packet has so many bytes.</returns>
    [KernelIntrinsic("skb.tryLoad")]
    public bool TryLoad<T>(uint offset, out T value)
        where T : unmanaged
    {
        bool inside = offset + (ulong)Unsafe.SizeOf<T>() <= (ulong)_packet.Length;
        value = inside ? MemoryMarshal.Read<T>(_packet[(int)offset..]) : default;
        return inside;
    }
}
