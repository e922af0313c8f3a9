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

#pragma warning disable CA1822 // In the kernel it is the context's network namespace.
    /// <summary>
    /// Looks for a connection that the kernel tracks in the packet's network namespace (<c>bpf_xdp_ct_lookup</c> of the module nf_conntrack, kernel 5.18). In .NET there are none.
    /// </summary>
    /// <param name="flow">Where its packets come from and go to, in either direction.</param>
    /// <param name="protocol">TCP or UDP.</param>
    /// <param name="connection">The connection, held until it is disposed or the method ends.</param>
    /// <returns>Whether there is one.</returns>
    [KernelIntrinsic("connection.tryFind")]
    public bool TryFindConnection(in IPv4Flow flow, IpProtocol protocol, out TrackedConnection connection)
    {
        connection = default;
        return false;
    }

    /// <inheritdoc cref="TryFindConnection(in IPv4Flow, IpProtocol, out TrackedConnection)"/>
    [KernelIntrinsic("connection.tryFind")]
    public bool TryFindConnection(in IPv6Flow flow, IpProtocol protocol, out TrackedConnection connection)
    {
        connection = default;
        return false;
    }
#pragma warning restore CA1822
}
