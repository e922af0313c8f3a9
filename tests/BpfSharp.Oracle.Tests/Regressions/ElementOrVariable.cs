// A reference is to an element of a slice or, on another way, to a variable: what its way computed of the element's place was compared in a part of its own only, and the verifier
// saw the reference go beyond the array ("invalid variable-offset read from stack").
[BpfObject(License = "GPL")]
public partial class ElementOrVariable
{
    public struct Input
    {
        public ulong A;
        public uint B;
        public uint C;
    }
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }
    public static uint g0;

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        Span<uint> all = [input.Value.B, 2, input.Value.C, 4, 5];
        Span<uint> part = all.Slice((int)Math.Min(2u, g0 & 7));
        uint own = input.Value.C;
        ref uint at = ref part[(int)(input.Value.B % 3)];
        at += 5;
        if (input.Value.A > g0) at = ref own;
        at += 3;
        Results[1u] = all[0] + all[1] + all[2] * 5 + all[4];
        return (XdpAction)(own ^ at);
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
