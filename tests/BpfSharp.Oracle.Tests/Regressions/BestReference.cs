// The largest value of a map by reference: as in PointerForNextRound, the first was taken for the largest.
[BpfObject(License = "GPL")]
public partial class BestReference
{
    public struct Input { public ulong A; public uint C; public uint D; public byte E, F, G, H; public uint K; }
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }
    public static uint g0, g1, g2;
    [BpfMap(MaxEntries = 16)] public static partial ArrayMap<uint> Numbers { get; }
    [BpfMap(MaxEntries = 16)] public static partial HashMap<uint, uint> Table { get; }
    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        uint n = input.Value.C & 63;
        Table.Set(3, 9); Table.Set(5, 1); Table.Set(40, 12);
        Ref<uint> best = default; uint seen = 0, firsts = 0;
        foreach (uint i in Bpf.Range(n))
        {
            if (!Table.TryGetRef(i, out Ref<uint> v)) continue;
            seen++;
            if (!best.HasValue) { best = v; firsts++; continue; }
            if (v.Value > best.Value) best = v;
        }
        if (best.HasValue) { best.Value += 100; g0 += best.Value; } else g1++;
        return (XdpAction)(seen * 100 + firsts);
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
