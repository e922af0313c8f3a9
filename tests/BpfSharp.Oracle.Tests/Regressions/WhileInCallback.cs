// A loop in the body of a callback counts in memory, because a way out of both takes the count along: what ends it is no sum that the verifier should not know. It said that
// the loop never ends.
[BpfObject(License = "GPL")]
public partial class WhileInCallback
{
    public struct Input
    {
        public ulong A;
        public int B;
        public uint C;
    }
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        foreach (uint i in Bpf.Range(input.Value.C & 63))
        {
            int n = 0;
            while (n < 2 && input.Value.B != 5)
            {
                n++;
                if (input.Value.A == i) return (XdpAction)(n + 100);
                Results[3u] += input.Value.A ^ i;
            }
        }
        return XdpAction.Drop;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
