// A reference into the packet that a round leaves for the next one may be null: the comparison was gone where it is in the frame ("R1 invalid mem access 'scalar'").
[BpfObject(License = "GPL")]
public partial class PacketReferenceForNextRound
{
    public struct Input { public ulong A; public uint C; public uint D; public byte E, F, G, H; public uint K; }
    public static uint g0, g1, g2;
    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        uint n = input.Value.C & 63;
        Ref<byte> last = default; uint seen = 0;
        foreach (uint i in Bpf.Range(n))
        {
            if (!packet.TryRead(out Ref<byte> b)) break;
            if (last.HasValue && last.Value == b.Value) seen++;
            last = b;
        }
        if (!last.HasValue) g0++;
        return (XdpAction)seen;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
