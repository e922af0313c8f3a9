using BpfSharp;
using BpfSharp.Kernel;

namespace Samples;

/// <summary>Source address → zone by longest prefix, (zone, protocol, port) → action.</summary>
[BpfObject(License = "GPL")]
public partial class Firewall
{
    public struct Zone
    {
        public uint Id;
        public XdpAction DefaultAction;
    }

    public struct RuleKey
    {
        public uint Zone;
        public BigEndian<ushort> Port;
        public IpProtocol Protocol;
    }

    public struct Counter
    {
        public ulong Packets;
        public ulong Bytes;
    }

    [BpfMap(MaxEntries = 16384)]
    static partial LpmTrie<IPv4Address, Zone> Zones { get; }

    [BpfMap(MaxEntries = 16384)]
    static partial HashMap<RuleKey, XdpAction> Rules { get; }

    [BpfMap(MaxEntries = 8)]
    static partial PerCpuArray<Counter> Stats { get; }

    [BpfProgram(BpfHook.Xdp)]
    static XdpAction Filter(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        uint length = packet.Remaining;
        XdpAction action = Decide(packet);
        if (!Stats.TryGetRef((uint)action, out Ref<Counter> counter)) return XdpAction.Aborted;
        counter.Value.Packets++;
        counter.Value.Bytes += length;
        return action;
    }

    static XdpAction Decide(PacketCursor packet)
    {
        if (!packet.TryRead(out Ref<EthernetHeader> ethernet)) return XdpAction.Drop;
        if (ethernet.Value.EtherType != EtherType.IPv4) return XdpAction.Pass;
        if (!packet.TryPeek(out Ref<IPv4Header> ip)) return XdpAction.Drop;
        int headerLength = ip.Value.HeaderLength;
        if (headerLength < 20) return XdpAction.Drop;

        if (!Zones.TryGetRef(new LpmKey<IPv4Address>(32, ip.Value.Source), out Ref<Zone> zone)) return XdpAction.Drop;

        RuleKey key = new() { Zone = zone.Value.Id, Protocol = ip.Value.Protocol };
        if ((ip.Value.FlagsAndFragmentOffset.Value & 0x1fff) != 0) return zone.Value.DefaultAction;
        if (ip.Value.Protocol == IpProtocol.Tcp)
        {
            if (!packet.TrySkip((uint)headerLength) || !packet.TryRead(out Ref<TcpHeader> tcp)) return XdpAction.Drop;
            key.Port = tcp.Value.DestinationPort;
        }
        else if (ip.Value.Protocol == IpProtocol.Udp)
        {
            if (!packet.TrySkip((uint)headerLength) || !packet.TryRead(out Ref<UdpHeader> udp)) return XdpAction.Drop;
            key.Port = udp.Value.DestinationPort;
        }
        if (Rules.TryGetRef(key, out Ref<XdpAction> exact)) return exact.Value;
        key.Port = default;
        if (Rules.TryGetRef(key, out Ref<XdpAction> any)) return any.Value;
        return zone.Value.DefaultAction;
    }
}
