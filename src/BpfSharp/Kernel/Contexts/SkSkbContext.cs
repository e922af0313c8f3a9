using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>The context of a <see cref="BpfHook.SkSkbVerdict"/> or <see cref="BpfHook.SkSkbParser"/> program: data that a socket of a sock map received (<c>struct __sk_buff</c>).</summary>
[KernelContext(CName = "__sk_buff", Hooks = [BpfHook.SkSkbVerdict, BpfHook.SkSkbParser])]
public readonly ref struct SkSkbContext
{
    private readonly ReadOnlySpan<byte> _data;

    /// <summary>Makes a context, for tests.</summary>
    /// <param name="data">What was received.</param>
    public SkSkbContext(ReadOnlySpan<byte> data) => _data = data;

    /// <summary>Bytes of data (<c>len</c>).</summary>
    [KernelContextField(0, 4)]
    public uint Length => (uint)_data.Length;

    /// <summary>Copies a value out of the data (<c>bpf_skb_load_bytes</c>).</summary>
    /// <param name="offset">Bytes from the start of the data.</param>
    /// <param name="value">The value; zeros if there are too few data.</param>
    /// <returns>Whether there are so many bytes.</returns>
    [KernelIntrinsic("skb.tryLoad")]
    public bool TryLoad<T>(uint offset, out T value)
        where T : unmanaged => ContextBytes.TryLoad(_data, offset, out value);

    /// <summary>The receiving socket's address family: 2 is IPv4, 10 IPv6 (<c>family</c>).</summary>
    [KernelContextField(88, 4)]
    public uint Family { get; init; } = 2;

    /// <summary>The other end's IPv4 address (<c>remote_ip4</c>).</summary>
    [KernelContextField(92, 4)]
    public IPv4Address RemoteIPv4 { get; init; }

    /// <summary>The receiving socket's own IPv4 address (<c>local_ip4</c>).</summary>
    [KernelContextField(96, 4)]
    public IPv4Address LocalIPv4 { get; init; }

    /// <summary>The other end's IPv6 address (<c>remote_ip6</c>); of an IPv4 socket it means nothing.</summary>
    [KernelContextField(100, 16)]
    public IPv6Address RemoteIPv6 { get; init; }

    /// <summary>The receiving socket's own IPv6 address (<c>local_ip6</c>); of an IPv4 socket it means nothing.</summary>
    [KernelContextField(116, 16)]
    public IPv6Address LocalIPv6 { get; init; }

    /// <summary>The other end's port (<c>remote_port</c>).</summary>
    [KernelContextField(132, 4, NetworkOrder = true)]
    public uint RemotePort { get; init; }

    /// <summary>The receiving socket's own port (<c>local_port</c>).</summary>
    [KernelContextField(136, 4)]
    public uint LocalPort { get; init; }
}
