using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>The context of a <see cref="BpfHook.SockOps"/> program: something that happens to a TCP connection of a control group (<c>struct bpf_sock_ops</c>).</summary>
[KernelContext(CName = "bpf_sock_ops", Hooks = [BpfHook.SockOps])]
public readonly ref struct SockOpsContext
{
    /// <summary>Makes a context, for tests.</summary>
    /// <param name="operation">What happens.</param>
    /// <param name="socket">The number of the connection's socket, as .NET's sock maps keep it.</param>
    public SockOpsContext(SockOperation operation, uint socket)
    {
        Operation = operation;
        Socket = new ContextSocket(socket);
    }

    /// <summary>What happens (<c>op</c>).</summary>
    [KernelContextField(0, 4)]
    public SockOperation Operation { get; }

    /// <summary>The connection's address family: 2 is IPv4, 10 IPv6 (<c>family</c>).</summary>
    [KernelContextField(20, 4)]
    public uint Family { get; init; } = 2;

    /// <summary>The other end's IPv4 address (<c>remote_ip4</c>).</summary>
    [KernelContextField(24, 4)]
    public IPv4Address RemoteIPv4 { get; init; }

    /// <summary>The connection's own IPv4 address (<c>local_ip4</c>).</summary>
    [KernelContextField(28, 4)]
    public IPv4Address LocalIPv4 { get; init; }

    /// <summary>The other end's IPv6 address (<c>remote_ip6</c>); of an IPv4 socket it means nothing.</summary>
    [KernelContextField(32, 16)]
    public IPv6Address RemoteIPv6 { get; init; }

    /// <summary>The connection's own IPv6 address (<c>local_ip6</c>); of an IPv4 socket it means nothing.</summary>
    [KernelContextField(48, 16)]
    public IPv6Address LocalIPv6 { get; init; }

    /// <summary>The other end's port (<c>remote_port</c>).</summary>
    [KernelContextField(64, 4, NetworkOrder = true)]
    public uint RemotePort { get; init; }

    /// <summary>The connection's own port (<c>local_port</c>).</summary>
    [KernelContextField(68, 4)]
    public uint LocalPort { get; init; }

    /// <summary>The connection's socket; nothing for a connection that is only asked for (<c>sk</c>, kernel 5.3).</summary>
    public ContextSocket Socket
    {
        [KernelIntrinsic("socket.ofOperation")]
        get;
    }
}

/// <summary>What a <see cref="BpfHook.SockOps"/> program is called for (<c>BPF_SOCK_OPS_*</c>).</summary>
public enum SockOperation
{
    /// <summary>The initial retransmission time is asked for (<c>BPF_SOCK_OPS_TIMEOUT_INIT</c>).</summary>
    TimeoutInit = 1,

    /// <summary>The initial receive window is asked for (<c>BPF_SOCK_OPS_RWND_INIT</c>).</summary>
    ReceiveWindowInit = 2,

    /// <summary>A connection is about to be made (<c>BPF_SOCK_OPS_TCP_CONNECT_CB</c>).</summary>
    Connect = 3,

    /// <summary>A connection that was asked for here is made (<c>BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB</c>).</summary>
    ActiveEstablished = 4,

    /// <summary>A connection that was asked for elsewhere is made (<c>BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB</c>).</summary>
    PassiveEstablished = 5,

    /// <summary>Asks whether the connection's congestion control needs ECN (<c>BPF_SOCK_OPS_NEEDS_ECN</c>).</summary>
    NeedsEcn = 6,

    /// <summary>Asks for the base round-trip time (<c>BPF_SOCK_OPS_BASE_RTT</c>, kernel 4.15).</summary>
    BaseRoundTripTime = 7,

    /// <summary>A retransmission timer has run out (<c>BPF_SOCK_OPS_RTO_CB</c>, kernel 4.16). This and those below must be asked for, all but <see cref="Listen"/>.</summary>
    RetransmissionTimeout = 8,

    /// <summary>A packet is sent again (<c>BPF_SOCK_OPS_RETRANS_CB</c>, kernel 4.16).</summary>
    Retransmission = 9,

    /// <summary>The connection's state changes (<c>BPF_SOCK_OPS_STATE_CB</c>, kernel 4.16).</summary>
    StateChange = 10,

    /// <summary>The socket begins to listen (<c>BPF_SOCK_OPS_TCP_LISTEN_CB</c>, kernel 4.19).</summary>
    Listen = 11,

    /// <summary>A round trip was measured (<c>BPF_SOCK_OPS_RTT_CB</c>, kernel 5.3).</summary>
    RoundTripTime = 12,
}
