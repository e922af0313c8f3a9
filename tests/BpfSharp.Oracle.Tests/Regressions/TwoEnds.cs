// Two comparisons of counters end a loop, and the second after a few rounds: its counter is no sum that the verifier should not know. It followed the other one ("The sequence
// of 8193 jumps is too complex").
[BpfObject(License = "GPL")]
public partial class TwoEnds
{
    public struct Input
    {
        public ulong A;
        public int B;
        public int C;
    }
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        int far = 128, near = 1;
        do
        {
            near++;
            if (far++ == 1257131843) break;
            Results[2u] += input.Value.A;
        } while (near < 3);
        return (XdpAction)(near + far);
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
