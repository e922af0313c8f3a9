using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>The context of a <see cref="BpfHook.Tc"/> program: a packet in traffic control (<c>struct __sk_buff</c>).</summary>
[KernelContext(CName = "__sk_buff", Hooks = [BpfHook.Tc])]
public readonly ref struct TcContext
{
    private readonly Span<byte> _packet;

    /// <summary>Makes a context of a packet, for tests.</summary>
    /// <param name="packet">The bytes from the link-layer header on.</param>
    /// <param name="interfaceIndex">The index of the interface.</param>
    /// <param name="mark">The packet's mark.</param>
    /// <param name="cgroupId">The id of the cgroup of the socket that sends it.</param>
    public TcContext(Span<byte> packet, uint interfaceIndex = 1, uint mark = 0, ulong cgroupId = 0)
    {
        _packet = packet;
        CgroupId = cgroupId;
        InterfaceIndex = interfaceIndex;
        Mark = mark;
    }

    /// <summary>A cursor at the packet's first byte. It covers the packet's linear part, which may be shorter than <see cref="Length"/>.</summary>
    public PacketCursor Packet
    {
        [KernelIntrinsic("packet.skb")]
        get => new(_packet);
    }

    /// <summary>The packet's length in bytes (<c>len</c>).</summary>
    [KernelContextField(0, 4)]
    public uint Length => (uint)_packet.Length;

    /// <summary>The packet's mark (<c>mark</c>).</summary>
    [KernelContextField(8, 4)]
    public uint Mark { get; }

    /// <summary>The index of the interface (<c>ifindex</c>).</summary>
    [KernelContextField(40, 4)]
    public uint InterfaceIndex { get; }

    /// <summary>The socket that the packet belongs to, nothing if it has none that is complete (<c>sk</c> and <c>bpf_sk_fullsock</c>, kernel 5.1). Packets that come in have one rarely.</summary>
    public ContextSocket Socket
    {
        [KernelIntrinsic("socket.ofPacket")]
        get;
        init;
    }

    /// <summary>The id of the cgroup of the socket that the packet belongs to, 0 if it has none (<c>bpf_skb_cgroup_id</c>, kernel 4.18).</summary>
    public ulong CgroupId
    {
        [KernelHelper(79, PassesContext = true)]
        get;
    }

#pragma warning disable CA1822 // In the kernel it is the context's network namespace.
    /// <summary>
    /// Looks for a connection that the kernel tracks in the packet's network namespace (<c>bpf_skb_ct_lookup</c> of the module nf_conntrack, kernel 5.18). In .NET there are none.
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
