using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>The context of a <see cref="BpfHook.Xdp"/> program, and of those that redirected packets pass: a packet that arrived (<c>struct xdp_md</c>).</summary>
[KernelContext(CName = "xdp_md", Hooks = [BpfHook.Xdp, BpfHook.XdpDevMap, BpfHook.XdpCpuMap])]
public readonly ref struct XdpContext
{
    private readonly Span<byte> _packet;

    /// <summary>Makes a context of a packet, for tests.</summary>
    /// <param name="packet">The bytes from the link-layer header on.</param>
    /// <param name="ingressInterface">The index of the interface that the packet came from.</param>
    /// <param name="receiveQueue">The receive queue that it came from.</param>
    public XdpContext(Span<byte> packet, uint ingressInterface = 1, uint receiveQueue = 0)
    {
        _packet = packet;
        IngressInterface = ingressInterface;
        ReceiveQueue = receiveQueue;
    }

    /// <summary>A cursor at the packet's first byte.</summary>
    public PacketCursor Packet
    {
        [KernelIntrinsic("packet.xdp")]
        get => new(_packet);
    }

    /// <summary>The index of the interface that the packet came from (<c>ingress_ifindex</c>, kernel 4.16).</summary>
    [KernelContextField(12, 4)]
    public uint IngressInterface { get; }

    /// <summary>The receive queue that the packet came from (<c>rx_queue_index</c>, kernel 4.16).</summary>
    [KernelContextField(16, 4)]
    public uint ReceiveQueue { get; }
}
