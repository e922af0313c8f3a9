// Indexes that are products, or put together from the bits of two numbers: verifiers before Linux 6.10 know nothing of such a result, its upper half included (5.10, 6.1: "math
// between fp pointer and register with unbounded min value is not allowed").
[BpfObject(License = "GPL")]
public partial class CombinedIndex
{
    public struct Input
    {
        public uint A;
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
        Span<int> numbers = [input.Value.B, 5, input.Value.C, 7];
        numbers[(input.Value.B & 1) | (input.Value.C & 2)] += 3;
        numbers[(input.Value.B & 3) ^ (int)(input.Value.A & 3)] += 4;
        numbers[(input.Value.B & 1) * (input.Value.D & 3)] += 5;
        numbers[(int)((input.Value.A >> 31 << 1) | (uint)(input.Value.D >> 15))] += 6;
        Results[0u] = (ulong)numbers[(int)((long)input.Value.B * input.Value.C & 3)];
        if (input.Value.D != 0) numbers[input.Value.C * input.Value.C] += 9;
        if (input.Value.D != 1) numbers[(int)input.Value.A ^ input.Value.B] += 11;
        Results[1u] = (ulong)numbers[1];
        return (XdpAction)(numbers[0] + numbers[2] * 5 + numbers[3] * 7);
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
