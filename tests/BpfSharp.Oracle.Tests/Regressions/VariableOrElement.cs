// A reference is to a variable or, on another way, to an element of a map. The block where it is used came before the one that has the variable's address, and the variable's
// memory was given to a key as well.
[BpfObject(License = "GPL")]
public partial class VariableOrElement
{
    public struct Input
    {
        public int I4;
    }
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }
    [BpfMap(MaxEntries = 4)] public static partial ArrayMap<int> Slots { get; }

    static uint Pick(out ulong p0, nuint p1, ref int p2, int p3)
    {
        p0 = 1;
        scoped Cell<int> c0 = new(ref p3);
        if (p3 > Slots[0u]) c0 = new(ref Slots[3u]);
        Results[4u] += (ulong)c0.At;
        return 1;
    }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return default;
        Span<uint> all = [Pick(out _, 1, ref input.Value.I4, default), 1, 1];
        return default;
    }
    ref struct Cell<T>(ref T at) where T : IBinaryInteger<T> { public ref T At = ref at; }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
