// A cursor that is saved and restored field by field in a loop of unknown length: too complex as a callback.
[BpfObject(License = "GPL")]
public partial class SavedCursor
{
    public struct Input { public ulong A; public uint C; public uint D; public byte E, F, G, H; public uint K; }
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }
    public static uint g0, g1, g2;
    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        uint n = input.Value.C & 63;
        PacketCursor start = packet, last = packet; uint sum = 0; bool moved = false;
        foreach (uint i in Bpf.Range(n))
        {
            if (moved) g1++;
            if (!packet.TryRead(out Ref<byte> b)) break;
            if (b.Value > 3 || b.Value == 0) { sum += b.Value; last = packet; continue; }
            if (!packet.TrySkip((uint)(b.Value - 1))) { packet = last; moved = true; }
        }
        if (packet.Remaining == start.Remaining) g0++;
        return (XdpAction)(sum * 100 + packet.Remaining);
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
