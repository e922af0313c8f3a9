using BpfSharp;
using BpfSharp.Kernel;

namespace Samples;

/// <summary>Counts packets and bytes per protocol.</summary>
[BpfObject(License = "GPL")]
public partial class PacketCounter
{
    public enum Kind : uint
    {
        Tcp4, Udp4, Icmp4, Other4, Tcp6, Udp6, Icmp6, Other6, Arp, Other, Bad, Count,
    }

    public struct Counter
    {
        public ulong Packets;
        public ulong Bytes;
    }

    [BpfMap(MaxEntries = (uint)Kind.Count)]
    static partial PerCpuArray<Counter> Stats { get; }

    [BpfProgram(BpfHook.Xdp)]
    static XdpAction Count(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        uint length = packet.Remaining;
        Kind kind = Classify(packet);
        if (Stats.TryGetRef((uint)kind, out Ref<Counter> counter))
        {
            counter.Value.Packets++;
            counter.Value.Bytes += length;
        }
        return XdpAction.Pass;
    }

    static Kind Classify(PacketCursor packet)
    {
        if (!packet.TryRead(out Ref<EthernetHeader> ethernet)) return Kind.Bad;
        BigEndian<EtherType> type = ethernet.Value.EtherType;
        if (type == EtherType.Vlan || type == EtherType.ServiceVlan)
        {
            if (!packet.TryRead(out Ref<VlanHeader> vlan)) return Kind.Bad;
            type = vlan.Value.EtherType;
        }
        if (type == EtherType.IPv4)
        {
            if (!packet.TryPeek(out Ref<IPv4Header> ip)) return Kind.Bad;
            int length = ip.Value.HeaderLength;
            if (length < 20 || !packet.TrySkip((uint)length)) return Kind.Bad;
            return ClassifyTransport(packet, ip.Value.Protocol, Kind.Tcp4);
        }
        if (type == EtherType.IPv6)
        {
            if (!packet.TryRead(out Ref<IPv6Header> ip)) return Kind.Bad;
            return ClassifyTransport(packet, ip.Value.NextHeader, Kind.Tcp6);
        }
        return type == EtherType.Arp ? Kind.Arp : Kind.Other;
    }

    static Kind ClassifyTransport(PacketCursor packet, IpProtocol protocol, Kind first)
    {
        switch (protocol)
        {
            case IpProtocol.Tcp:
                return packet.TryPeek(out Ref<TcpHeader> tcp) && tcp.Value.HeaderLength >= 20 ? first : Kind.Bad;
            case IpProtocol.Udp:
                return packet.TryPeek(out Ref<UdpHeader> udp) && udp.Value.Length.Value >= 8 ? first + 1 : Kind.Bad;
            case IpProtocol.Icmp or IpProtocol.IcmpV6:
                return first + 2;
            default:
                return first + 3;
        }
    }
}
