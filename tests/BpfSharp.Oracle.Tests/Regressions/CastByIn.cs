// A cast that changes nothing is a copy: what is passed by 'in' does not see later changes, what a method changes is not the variable, and the counter of
// the loop stays out of memory, where the verifier would lose it.
[BpfObject(License = "GPL")]
public partial class CastByIn
{
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }
    [BpfMap(MaxEntries = 4)] public static partial HashMap<uint, uint> Table { get; }
    public struct Counter { public int N; public int Up() => ++N; }
    public struct Input { public ulong A; public ulong B; public uint C; public uint D; }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static int Method(in int p)
    {
        Results[1u] += (ulong)p;
        return p * 3;
    }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        short narrow = (short)input.Value.C;
        Results[3u] = (ulong)Method((int)narrow);
        for (int i = 2; i <= 3; ++i)
        {
            Results[2u] += (ulong)Method((int)(i));
        }
        Table.Set((uint)input.Value.D, input.Value.D = 3);
        Counter counter = new() { N = 5 };
        Results[4u] += (ulong)(((Counter)counter).Up() + ((Counter)counter).Up() + counter.N);
        return XdpAction.Pass;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
