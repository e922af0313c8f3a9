// A slice that a loop advances by one or by two bytes: the verifier does not know that the length goes with the address ("invalid read from stack" behind the buffer).
[BpfObject(License = "GPL")]
public partial class AdvancedSlice
{
    public struct Input { public ulong A; public uint C; public uint D; public byte E, F, G, H; public uint K; }
    public static uint g0, g1, g2;
    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        uint n = input.Value.C & 63;
        Span<byte> text = stackalloc byte[32];
        text[(int)(input.Value.D & 31)] = input.Value.E;
        ReadOnlySpan<byte> rest = text[..(int)(input.Value.D % 33)];
        int o = 0;
        while (rest.Length > 2)
        {
            if (rest[0] == 5 && rest[1] == 6) { o += 2; rest = rest[2..]; continue; }
            o += rest[0];
            rest = rest[1..];
        }
        return (XdpAction)o;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
