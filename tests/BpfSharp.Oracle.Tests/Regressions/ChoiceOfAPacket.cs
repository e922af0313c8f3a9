// A reference to an element of the packet, at a place that varies, or to other memory: behind the choice nothing tells which it is.
[BpfObject(License = "GPL")]
public partial class ChoiceOfAPacket
{
    [System.Runtime.CompilerServices.InlineArray(4)]
    public struct Four { private int first; }
    public struct Input { public Four Four; public uint A; }

    public static int g0;

    static ref T Pick<T>(ref T a, ref T b, bool second) where T : unmanaged => ref (second ? ref b : ref a);

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        ref int chosen = ref Pick(ref input.Value.Four[(int)(input.Value.A % 4)], ref g0, (input.Value.A & 8) != 0);
        chosen += 5;
        if (input.Value.A > 100) chosen *= 3;
        return (XdpAction)(chosen + g0);
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
