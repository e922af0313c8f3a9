// An element of a slice that starts where only the run tells, inside an iterator: the way out of its check would not give the iterator back.
[BpfObject(License = "GPL")]
public partial class SliceInIterator
{
    public struct Input { public int A; public uint B; }
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return default;
        ReadOnlySpan<long> all = [1, 21, input.Value.B];
        ReadOnlySpan<long> some = all[(input.Value.A & 1)..];
        foreach (uint i in Bpf.Range(input.Value.B & 63))
        {
            if ((some is [.., >= 1 and <= 10] ? 1 : some[1]) != 1) Results[1u] += i;
        }
        return default;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
