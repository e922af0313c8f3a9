namespace BpfSharp.Kernel;

/// <summary>What becomes of a packet after an XDP program (<c>enum xdp_action</c>).</summary>
public enum XdpAction
{
    /// <summary>The program failed: the packet is dropped and <c>xdp:xdp_exception</c> is traced (<c>XDP_ABORTED</c>).</summary>
    Aborted = 0,

    /// <summary>The packet is dropped (<c>XDP_DROP</c>).</summary>
    Drop = 1,

    /// <summary>The packet goes on to the network stack (<c>XDP_PASS</c>).</summary>
    Pass = 2,

    /// <summary>The packet is sent out of the interface it came from (<c>XDP_TX</c>).</summary>
    Tx = 3,

    /// <summary>The packet goes where the redirect helper said (<c>XDP_REDIRECT</c>).</summary>
    Redirect = 4,
}
