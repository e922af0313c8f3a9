// Counts that a long loop or a callback compares, or has in memory: the verifier knows them again behind each comparison, and what a reference leads to as well.
[BpfObject(License = "GPL")]
public partial class ComparedCounts
{
    public struct Input { public uint A; public int B; public byte C; public short D; }
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return default;
        Results[7] = (ulong)input.Value.D;

        int left = (int)input.Value.A & 31;
        foreach (uint i in Bpf.Range(input.Value.A & 511))
        {
            if (left == 0) { Results[1] += 12; left = 9; }
            else if (left <= 3) Results[2]++;
            left--;
        }

        uint seen = 100;
        Bpf.Loop(input.Value.A & 511, ref seen, static (uint i, ref uint count) =>
        {
            count++;
            Results[3] += count > 103 ? i : 2;
            return true;
        });
        long sum = input.Value.C;
        Bpf.Loop(300 + (input.Value.A & 511), ref sum, static (uint i, ref long total) =>
        {
            total += (short)Results[i & 7];
            return true;
        });
        if (seen % 3 == 1) Results[4] += seen % 6;
        if (sum == 0x661283ee0cff66c5) return XdpAction.Drop;
        Results[5] += (ulong)(sum / 6) + (ulong)(sum >> 40);
        return left > 5 ? XdpAction.Tx : XdpAction.Pass;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
