// A count goes on from a number that some ways have compared with constants, and what a division compares with zero depends on it: the verifier knew it in each round of the
// iterator, and followed one round after the other ("BPF program is too large").
[BpfObject(License = "GPL")]
public partial class ComparedStart
{
    public struct Input
    {
        public long A;
        public ulong B;
        public uint C;
        public ushort D;
    }
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }
    [BpfMap(MaxEntries = 4)] public static partial HashMap<uint, uint> Table { get; }
    public static uint g0;

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        Input copy = input.Value;
        uint found = copy.A switch { -1 => 5, -2 when copy.C != 7 => 6, 0xffff => 3, _ => 1 };
        if (g0 != 3)
        {
            foreach (uint i in Bpf.Range(copy.C & 7))
            {
                Results[4] += i;
                Results[5] += Table.Contains((uint)copy.D) ? 4UL : 1UL;
                copy.A++;
            }
        }
        Results[1] = found / (ulong)(short)(copy.A + copy.A);
        return (XdpAction)(copy.A ^ (long)copy.B);
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
