// A number that was negated is compared and indexes: verifiers before they follow negations do not know that its upper half is zero (5.10, 6.1: "math between fp pointer and
// register with unbounded min value is not allowed").
[BpfObject(License = "GPL")]
public partial class NegatedIndex
{
    public struct Input
    {
        public ulong A;
        public int B;
        public int C;
        public ushort D;
    }
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        Span<int> numbers = [input.Value.B, 5, input.Value.C];
        numbers[-input.Value.B] += 3;
        int place = -input.Value.D;
        numbers[place + 2] ^= 9;
        if (numbers[1] == 10 - input.Value.C && 10 - input.Value.C == -input.Value.B) numbers[-input.Value.C]++;
        Results[1u] = (ulong)numbers[1];
        return (XdpAction)(numbers[0] + numbers[2]);
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
