// A loop that becomes a callback moves a cursor on, by numbers of the packet (IPv6's extension headers): the frame had the packet pointer, which the verifier saw go further with each
// round, until no comparison with the packet's end said anything of it ("R7 offset is outside of the packet"), in the callback and behind the loop.
[BpfObject(License = "GPL")]
public partial class CursorInCallback
{
    public static uint g0, g1, g2, g3;

    static bool Walk(ref PacketCursor packet, ref byte next)
    {
        foreach (uint i in Bpf.Range(100))
        {
            switch (next)
            {
                case 0: case 43: case 60:
                {
                    if (!packet.TryPeek(out Ref<ushort> h)) return false;
                    next = (byte)h.Value;
                    if (!packet.TrySkip((uint)((h.Value >> 8) + 1) * 8)) return false;
                    g0++;
                    break;
                }
                case 44:
                {
                    if (!packet.TryRead(out Ref<ulong> h)) return false;
                    next = (byte)h.Value;
                    if ((h.Value >> 32) > 7) { g1++; return false; }
                    break;
                }
                case 51:
                {
                    if (!packet.TryPeek(out Ref<ushort> h)) return false;
                    next = (byte)h.Value;
                    if (!packet.TrySkip((uint)((h.Value >> 8) + 2) * 4)) return false;
                    g2++;
                    break;
                }
                case 135:
                    if (!packet.TryPeek(out Ref<ushort> m) || !packet.TrySkip((uint)((m.Value >> 8) + 1) * 8)) return false;
                    next = 59;
                    break;
                default:
                    return true;
            }
        }
        return false;
    }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<EthernetHeader> eth) || eth.Value.EtherType != EtherType.IPv6) return XdpAction.Drop;
        if (!packet.TryRead(out Ref<IPv6Header> ip)) return XdpAction.Drop;
        byte next = (byte)ip.Value.NextHeader;
        if (!Walk(ref packet, ref next)) return XdpAction.Drop;
        for (int i = 0; i < 4; i++)
        {
            if (!packet.TryPeek(out Ref<ushort> length) || length.Value == 0 || !packet.TrySkip(length.Value)) break;
        }
        switch ((IpProtocol)next)
        {
            case IpProtocol.Udp when packet.TryRead(out Ref<UdpHeader> udp):
                if (!packet.TrySkip(udp.Value.Length)) return XdpAction.Tx;
                if (!packet.TryRead(out Ref<byte> last)) return XdpAction.Redirect;
                g3 = last.Value;
                break;
            case IpProtocol.Tcp when packet.TryRead(out Ref<TcpHeader> tcp):
                if (!packet.TrySkip(tcp.Value.Window)) return XdpAction.Tx;
                if (!packet.TrySkip(tcp.Value.SourcePort)) return XdpAction.Tx;
                if (!packet.TryRead(out Ref<uint> word)) return XdpAction.Redirect;
                g3 = word.Value;
                break;
        }
        return (XdpAction)next;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
