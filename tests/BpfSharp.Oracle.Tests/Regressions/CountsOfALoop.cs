// What a long loop counts decides something behind it: to the verifier each number that it knows of a count is another state of the program.
[BpfObject(License = "GPL")]
public partial class CountsOfALoop
{
    public struct Input { public uint A; public uint B; }
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<uint> Counts { get; }
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return default;
        Counts[input.Value.A & 7] += input.Value.B & 15;
        uint count = 0, odd = 3;
        ulong sum = 0;
        foreach (uint i in Bpf.Range(input.Value.B & 1023))
        {
            uint here = Counts[i & 7];
            if (here > 3) count++;
            if ((here & 1) != 0) odd += 2;
            sum += here;
        }
        Results[count & 7]++;
        if (sum > 10_000_000_000) return XdpAction.Tx;
        if (odd == 9) Results[1] += 5;
        for (uint i = 0; i < Counts[3] % 7; i++) Results[2] += i;
        return count > 3 ? XdpAction.Drop : sum > 20 ? XdpAction.Redirect : XdpAction.Pass;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
