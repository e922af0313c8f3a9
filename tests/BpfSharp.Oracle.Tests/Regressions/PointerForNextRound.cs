// A reference that a round leaves for the next one: kernels before 6.7 look at a callback once, and took it for null in each round.
[BpfObject(License = "GPL")]
public partial class PointerForNextRound
{
    public struct Input { public ulong A; public uint C; public uint D; public byte E, F, G, H; public uint K; }
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }
    public static uint g0, g1, g2;
    [BpfMap(MaxEntries = 16)] public static partial ArrayMap<uint> Numbers { get; }
    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        uint n = input.Value.C & 63;
        Ref<uint> last = default;
        uint none = 0;
        foreach (uint i in Bpf.Range(n)) { if (last.HasValue) last.Value += i; else none++; Numbers.TryGetRef(i & 31, out last); }
        if (!last.HasValue) none += 1000;
        g0 += none;
        return (XdpAction)none;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
