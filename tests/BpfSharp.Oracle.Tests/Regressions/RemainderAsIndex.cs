// Since Linux 6.10 the verifier forgets that the upper half of a register is zero behind a 32-bit division, remainder or shift by a register.
[BpfObject(License = "GPL")]
public partial class RemainderAsIndex
{
    [InlineArray(6)] public struct Items { private uint _element; }

    public struct Input { public uint A, B; }

    public static Items g0;

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        Items items = default;
        for (int i = 0; i < 6; i++) items[i] = (uint)(i * input.Value.A);
        g0[(int)(input.Value.B % 6)]++;
        items[(int)(input.Value.A / (input.Value.B | 1)) & 7]++;
        items[(int)(input.Value.A >> (int)input.Value.B)]++;
        return (XdpAction)(items[(int)(input.Value.A % 6)] + g0[(int)(items[2] % 6)]);
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
