// The count of an iterator's loop starts with a zero of which the verifier was to know nothing. Since it follows multiplications it knew of the square that was to hide it that
// it is not negative, and how large it is at most, and counted along ("BPF program is too large").
[BpfObject(License = "GPL")]
public partial class CountedByAnIterator
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
        ulong times = 7;
        foreach (uint i in Bpf.Range(input.Value.C & 63)) times++;
        if (times < 3) input.Value.A++;
        Results[2u] = times;
        return (XdpAction)times;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
