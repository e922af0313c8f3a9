// A number whose bytes were swapped is compared and indexes: the verifier does not know that the upper half is zero behind a swap (6.12: "math between fp pointer and register
// with unbounded min value is not allowed").
[BpfObject(License = "GPL")]
public partial class SwappedIndex
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
        Span<int> places = [input.Value.C, input.Value.B];
        int place = System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(places[input.Value.B & 1]);
        numbers[place] += 3;
        numbers[System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(input.Value.D)] ^= 9;
        Results[1u] = (ulong)numbers[1];
        return (XdpAction)(numbers[0] + numbers[2]);
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
