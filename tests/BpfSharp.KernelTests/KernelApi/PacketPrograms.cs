using BpfSharp.Kernel;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>Packet programs that the tests run in .NET and in the kernel.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class PacketPrograms
{
    [BpfMap(MaxEntries = 64)]
    internal static partial LpmTrie<IPv4Address, uint> Routes { get; }

    [BpfMap(MaxEntries = 256)]
    internal static partial ArrayMap<ulong> Protocols { get; }

    [BpfMap(MaxEntries = 4096)]
    internal static partial HashMap<IPv4Address, ulong> Bytes { get; }

    [BpfProgram(BpfHook.Xdp)]
    internal static XdpAction Route(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<EthernetHeader> ethernet) || ethernet.Value.EtherType != EtherType.IPv4) return XdpAction.Pass;
        if (!packet.TryRead(out Ref<IPv4Header> ip)) return XdpAction.Aborted;
        Protocols[(uint)ip.Value.Protocol]++;
        ulong length = ip.Value.TotalLength;
        if (Bytes.TryGetRef(ip.Value.Source, out Ref<ulong> bytes)) bytes.Value += length;
        else Bytes.TryAdd(ip.Value.Source, length);
        return Routes.TryGetValue(new LpmKey<IPv4Address>(32, ip.Value.Destination), out uint action) && action <= 3 ? (XdpAction)action : XdpAction.Pass;
    }

    [BpfProgram(BpfHook.Xdp)]
    internal static XdpAction Ports(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<EthernetHeader> ethernet)) return XdpAction.Aborted;
        EtherType type = ethernet.Value.EtherType;
        if (type == EtherType.Vlan)
        {
            if (!packet.TryRead(out Ref<VlanHeader> vlan)) return XdpAction.Aborted;
            if (vlan.Value.VlanId == 0) return XdpAction.Drop;
            type = vlan.Value.EtherType;
        }

        if (type != EtherType.IPv4) return XdpAction.Pass;
        if (!packet.TryPeek(out Ref<IPv4Header> ip) || ip.Value.HeaderLength < 20) return XdpAction.Aborted;
        if (!packet.TrySkip((uint)ip.Value.HeaderLength)) return XdpAction.Aborted;
        if (ip.Value.Protocol != IpProtocol.Tcp) return XdpAction.Pass;
        if (!packet.TryRead(out Ref<TcpHeader> tcp)) return XdpAction.Aborted;
        if (tcp.Value.Syn && !tcp.Value.Ack && tcp.Value.DestinationPort < 1024) return XdpAction.Drop;
        return tcp.Value.HeaderLength > 20 ? XdpAction.Tx : XdpAction.Pass;
    }

    [BpfProgram(BpfHook.Xdp)]
    internal static XdpAction Reflect(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<EthernetHeader> ethernet)) return XdpAction.Aborted;
        (ethernet.Value.Source, ethernet.Value.Destination) = (ethernet.Value.Destination, ethernet.Value.Source);
        if (ethernet.Value.EtherType != EtherType.IPv4 || !packet.TryRead(out Ref<IPv4Header> ip)) return XdpAction.Tx;
        if (ip.Value.TimeToLive == 0) return XdpAction.Drop;
        ip.Value.TimeToLive--;
        ip.Value.Identification = (ushort)(ip.Value.Identification + 1);
        return XdpAction.Tx;
    }
}
