namespace BpfSharp.Kernel;

/// <summary>What an IP packet carries (<c>IPPROTO_*</c>).</summary>
public enum IpProtocol : byte
{
    /// <summary>Hop-by-hop options of IPv6.</summary>
    HopByHop = 0,

    /// <summary>The Internet Control Message Protocol.</summary>
    Icmp = 1,

    /// <summary>The Transmission Control Protocol.</summary>
    Tcp = 6,

    /// <summary>The User Datagram Protocol.</summary>
    Udp = 17,

    /// <summary>The Internet Control Message Protocol of IPv6.</summary>
    IcmpV6 = 58,

    /// <summary>The Stream Control Transmission Protocol.</summary>
    Sctp = 132,
}
