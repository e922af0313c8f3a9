// A slice of a map's value starts near the value's start or, on another way, anywhere in it: two addresses meet, and of the slice's length the verifier does not see what that
// says of its start ("max value is outside of the allowed memory range").
[BpfObject(License = "GPL")]
public partial class SliceOfAnElement
{
    [InlineArray(3)] public struct Three { private nint _element; }
    public struct Input
    {
        public int A;
        public uint B;
        public char C;
    }
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }
    [BpfMap(MaxEntries = 3)] public static partial PerCpuArray<Three> Own { get; }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        Input copy = input.Value;
        Span<nint> all = Own[1u];
        Span<nint> part = all.Slice(copy.B <= 4294967294u ? input.Value.A : 1);
        if (1 > input.Value.C) Results[1u] += unchecked((ulong)part[0]);
        return XdpAction.Drop;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
