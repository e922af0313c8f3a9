// A cursor that is moved on by numbers of the packet, often and far: the verifier adds up how far it may be, and follows 65,535 bytes.
[BpfObject(License = "GPL")]
public partial class FarSkips
{
    public static uint g0, g1;

    static bool TryNumber(ref PacketCursor packet, out uint number)
    {
        number = 0;
        if (!packet.TryRead(out Ref<BigEndian<ushort>> two)) return false;
        number = two.Value.Value;
        return true;
    }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        uint all = packet.Remaining;
        for (int i = 0; i < 20; i++)
        {
            if (!TryNumber(ref packet, out uint kind) || !TryNumber(ref packet, out uint length)) break;
            g0 = g0 * 3 + kind;
            if (!packet.TrySkip(length)) break;
        }
        g1 = all - packet.Remaining;
        packet = ctx.Packet;
        if (!packet.TryRead(out Ref<ushort> a) || !packet.TrySkip(a.Value & 0xFF0Fu)) return XdpAction.Drop;
        if (!packet.TryRead(out Ref<ushort> b) || !packet.TrySkip(b.Value & 0xF003u)) return XdpAction.Pass;
        if (!packet.TryRead(out Ref<ushort> c) || !packet.TrySkip(c.Value & 0xF00Fu)) return XdpAction.Tx;
        return packet.TryPeek(out Ref<uint> tail) ? (XdpAction)(tail.Value & 0xFFF) : XdpAction.Aborted;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
