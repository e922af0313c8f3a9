// An index is a quotient by as much as its element has bytes: shifted right and left again it was masked instead, and what the verifier had learnt of the quotient was lost
// ("R1 offset is outside of the packet").
[BpfObject(License = "GPL")]
public partial class DividedIndex
{
    [InlineArray(2)] public struct Pair { private ulong _element; }
    [InlineArray(3)] public struct Three { private uint _element; }
    public struct Input
    {
        public ulong A;
        public Pair B;
        public Three C;
        public uint D;
        public ulong E;
    }
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        Span<ulong> numbers = [input.Value.A, 2, input.Value.E];
        if (input.Value.A != 0) Results[1] += input.Value.C[(int)(input.Value.A / 4)];
        numbers[(int)(input.Value.E / 8)] += 5;
        Results[0] = numbers[0] + numbers[1];
        return (XdpAction)(uint)input.Value.B[(int)(input.Value.D / 8L)];
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
