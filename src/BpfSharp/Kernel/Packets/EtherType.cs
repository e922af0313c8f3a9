namespace BpfSharp.Kernel;

/// <summary>What an Ethernet frame carries (<c>ETH_P_*</c>).</summary>
public enum EtherType : ushort
{
    /// <summary>IP version 4.</summary>
    IPv4 = 0x0800,

    /// <summary>The Address Resolution Protocol.</summary>
    Arp = 0x0806,

    /// <summary>A VLAN tag (802.1Q).</summary>
    Vlan = 0x8100,

    /// <summary>IP version 6.</summary>
    IPv6 = 0x86DD,

    /// <summary>An outer VLAN tag (802.1ad).</summary>
    ServiceVlan = 0x88A8,
}
