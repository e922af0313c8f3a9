// A slice that starts where only the run tells reaches its use by way of several joins, the last around a loop: of the joins only the first became one of offsets, so that
// nothing compared the element's place, and the verifier saw the reference go beyond the array ("invalid variable-offset read from stack").
[BpfObject(License = "GPL")]
public partial class SliceThroughLoops
{
    public struct Input
    {
        public ulong A;
        public uint B;
        public int C;
    }
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        Input copy = input.Value;
        Span<uint> all = [copy.B, (uint)copy.C, 3, 4];
        Span<uint> part = all.Slice(Math.Min(1, copy.C & 7));
        bool equal = all.SequenceEqual(part);
        uint sum = 0;
        int n = 3;
        do
        {
            n--;
            if (part[^1] is 155180910 or 4)
            {
                sum += (uint)copy.A;
                if ((n & 1) == 0) part = all;
            }
            else if (equal)
            {
                Results[1u] += sum;
            }
        } while (n > 0);
        Results[0u] = all[0] + part[1] + (equal ? 1UL : 2UL);
        return (XdpAction)(sum ^ part[0]);
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
