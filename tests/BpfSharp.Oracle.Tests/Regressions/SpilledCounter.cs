// A loop with an end that only the run knows, and more numbers than there are registers: its counter is in the stack, where verifiers before Linux 6.8 take one that has decided
// nothing for one that stands still (5.10: "infinite loop detected").
[BpfObject(License = "GPL")]
public partial class SpilledCounter
{
    public struct Input
    {
        public long A;
        public ulong B;
        public int C;
        public uint D;
        public short E;
    }
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }
    [BpfMap(MaxEntries = 4)] public static partial ArrayMap<int> Slots { get; }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        uint left = (uint)input.Value.A;
        if (input.Value.C != 0)
        {
            foreach (uint i in Bpf.Range((uint)(input.Value.D % input.Value.C) & 7u))
            {
                input.Value.B -= (ulong)((input.Value.A % 2L) >> (Slots[3u] / input.Value.C));
                input.Value.D -= i;
                left >>= 15;
            }
        }
        Results[2u] += left;
        return (XdpAction)input.Value.D;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
