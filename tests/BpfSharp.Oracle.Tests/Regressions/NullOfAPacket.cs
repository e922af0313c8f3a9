// Where a reference into a packet was compared with null, its register was taken for a zero; the verifier goes on taking it for a packet pointer.
[BpfObject(License = "GPL")]
public partial class NullOfAPacket
{
    public struct Input { public int A; public int B; }

    public static ulong g1;

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        packet.TryRead(out Ref<Input> input);
        try
        {
            g1 ^= (ulong)input.Value.A;
        }
        finally
        {
            for (int i = 0; i < 4; ++i) g1 = (g1 * 5) + (uint)i;
        }
        return (XdpAction)g1;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
