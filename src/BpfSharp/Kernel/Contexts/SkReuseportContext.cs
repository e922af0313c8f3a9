using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>
/// The context of a <see cref="BpfHook.SkReuseport"/> program: a packet or connection for a port that several sockets share (<c>struct sk_reuseport_md</c>).
/// </summary>
[KernelContext(CName = "sk_reuseport_md", Hooks = [BpfHook.SkReuseport])]
public readonly ref struct SkReuseportContext
{
    /// <summary>Makes a context, for tests.</summary>
    /// <param name="hash">The hash of addresses and ports.</param>
    public SkReuseportContext(uint hash) => Hash = hash;

    /// <summary>Bytes from the transport header on (<c>len</c>).</summary>
    [KernelContextField(16, 4)]
    public uint Length { get; init; }

    /// <summary>The transport protocol (<c>ip_protocol</c>).</summary>
    [KernelContextField(24, 4)]
    public IpProtocol Protocol { get; init; }

    /// <summary>A hash of addresses and ports (<c>hash</c>).</summary>
    [KernelContextField(32, 4)]
    public uint Hash { get; }
}
