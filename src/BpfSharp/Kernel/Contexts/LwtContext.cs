using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>
/// The context of a <see cref="BpfHook.LwtIn"/> or <see cref="BpfHook.LwtOut"/> program: a packet on the route to which it is attached, from the IP header on (<c>struct __sk_buff</c>). Such programs
/// read it and decide; they cannot change it.
/// </summary>
[KernelContext(CName = "__sk_buff", Hooks = [BpfHook.LwtIn, BpfHook.LwtOut])]
public readonly ref struct LwtContext
{
    private readonly ReadOnlySpan<byte> _packet;

    /// <summary>Makes a context of a packet, for tests.</summary>
    /// <param name="packet">The bytes from the IP header on.</param>
    public LwtContext(ReadOnlySpan<byte> packet) => _packet = packet;

    /// <summary>The packet's length in bytes, from its IP header on (<c>len</c>).</summary>
    [KernelContextField(0, 4)]
    public uint Length => (uint)_packet.Length;

    /// <summary>The packet's mark (<c>mark</c>).</summary>
    [KernelContextField(8, 4)]
    public uint Mark { get; init; }

    /// <summary>The index of the interface (<c>ifindex</c>).</summary>
    [KernelContextField(40, 4)]
    public uint InterfaceIndex { get; init; } = 1;

    /// <summary>Copies a value out of the packet (<c>bpf_skb_load_bytes</c>).</summary>
    /// <param name="offset">Bytes from the IP header's start.</param>
    /// <param name="value">The value; zeros if the packet is too short.</param>
    /// <returns>Whether the packet has so many bytes.</returns>
    [KernelIntrinsic("skb.tryLoad")]
    public bool TryLoad<T>(uint offset, out T value)
        where T : unmanaged => ContextBytes.TryLoad(_packet, offset, out value);
}
