using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>The context of a <see cref="BpfHook.SkMsg"/> program: data that is sent through a socket of a sock map (<c>struct sk_msg_md</c>).</summary>
[KernelContext(CName = "sk_msg_md", Hooks = [BpfHook.SkMsg])]
public readonly ref struct SkMsgContext
{
    private readonly Span<byte> _data;

    /// <summary>Makes a context, for tests.</summary>
    /// <param name="data">What is sent.</param>
    public SkMsgContext(Span<byte> data) => _data = data;

    /// <summary>
    /// A cursor at the first byte of the data, to read and to change them. It covers their first piece in memory, which may be shorter than <see cref="Size"/>.
    /// </summary>
    public PacketCursor Data
    {
        [KernelIntrinsic("packet.message")]
        get => new(_data);
    }

    /// <summary>Bytes of data (<c>size</c>, kernel 5.0).</summary>
    [KernelContextField(68, 4)]
    public uint Size => (uint)_data.Length;

    /// <summary>The sending socket's address family: 2 is IPv4, 10 IPv6 (<c>family</c>).</summary>
    [KernelContextField(16, 4)]
    public uint Family { get; init; } = 2;

    /// <summary>The other end's IPv4 address (<c>remote_ip4</c>).</summary>
    [KernelContextField(20, 4)]
    public IPv4Address RemoteIPv4 { get; init; }

    /// <summary>The sending socket's own IPv4 address (<c>local_ip4</c>).</summary>
    [KernelContextField(24, 4)]
    public IPv4Address LocalIPv4 { get; init; }

    /// <summary>The other end's IPv6 address (<c>remote_ip6</c>); of an IPv4 socket it means nothing.</summary>
    [KernelContextField(28, 16)]
    public IPv6Address RemoteIPv6 { get; init; }

    /// <summary>The sending socket's own IPv6 address (<c>local_ip6</c>); of an IPv4 socket it means nothing.</summary>
    [KernelContextField(44, 16)]
    public IPv6Address LocalIPv6 { get; init; }

    /// <summary>The other end's port (<c>remote_port</c>).</summary>
    [KernelContextField(60, 4, NetworkOrder = true)]
    public uint RemotePort { get; init; }

    /// <summary>The sending socket's own port (<c>local_port</c>).</summary>
    [KernelContextField(64, 4)]
    public uint LocalPort { get; init; }

    /// <summary>The sending socket (<c>sk</c>, kernel 5.8).</summary>
    public ContextSocket Socket
    {
        [KernelIntrinsic("socket.ofMessage")]
        get;
        init;
    }
}
