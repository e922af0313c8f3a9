// A key is given by reference: what the value's expression changes of it counts, but the key was copied before.
[BpfObject(License = "GPL")]
public partial class KeyByReference
{
    public struct Pair { public uint A; public uint B; }

    [BpfMap(MaxEntries = 8)] public static partial HashMap<Pair, uint> Table { get; }
    [BpfMap(MaxEntries = 8)] public static partial HashMap<uint, Pair> Numbers { get; }
    [BpfMap(MaxEntries = 2)] public static partial ArrayMap<Pair> Slots { get; }

    public static Pair g0;

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Pair> input)) return XdpAction.Pass;
        Table.TryAdd(Slots[1], (Slots[1].B |= input.Value.A) >> 4);
        Table.Set(input.Value, input.Value.B += 3);
        uint key = input.Value.A & 3;
        Numbers.TryAdd(key, new Pair { A = key++, B = 2 });
        Numbers.TryUpdate(key, g0 = new Pair { A = ++key });
        return (XdpAction)key;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
