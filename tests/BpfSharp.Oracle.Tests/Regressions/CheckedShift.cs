// A shift never overflows, but in a checked context the conversion of its result back to a narrow type does; it was not checked.
[BpfObject(License = "GPL")]
public partial class CheckedShift
{
    public struct Input { public byte A; public sbyte B; public ushort C; public int D; }

    public static byte g0;
    public static ulong g1;

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        byte a = input.Value.A;
        a <<= input.Value.D;
        unchecked { a += checked(g0 <<= 1); }
        g1 += a;
        ushort? c = input.Value.C;
        checked
        {
            c >>= 1;
            c <<= input.Value.A & 3;
            input.Value.B <<= 2;
        }
        g0++;
        return (XdpAction)(c.Value + input.Value.B);
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
