// Indices that are put together with `|`, `^`, `*` and shifts by a number that only the run knows, as C programs write the logarithm of a histogram. Before Linux 6.10 the verifier takes what
// they give for a number of 64 bits of which nothing is known ("math between map_value pointer and register with unbounded min value"), though the comparisons are of 32 bits.
[BpfObject(License = "GPL")]
public partial class ShiftedTogether
{
    [InlineArray(27)] public struct Slots { private ulong first; }
    public struct Input { public ulong A; public uint B; public uint C; }
    [BpfMap(MaxEntries = 4)] public static partial ArrayMap<Slots> Hists { get; }

    static int Log2(ulong value)
    {
        int r = (value > 0xFFFFFFFF ? 1 : 0) << 5; value >>= r;
        int s = (value > 0xFFFF ? 1 : 0) << 4; value >>= s; r |= s;
        s = (value > 0xFF ? 1 : 0) << 3; value >>= s; r |= s;
        s = (value > 0xF ? 1 : 0) << 2; value >>= s; r |= s;
        s = (value > 0x3 ? 1 : 0) << 1; value >>= s; r |= s;
        return r | (int)(value >> 1);
    }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        ref Slots slots = ref Hists[0];
        int slot = Log2(input.Value.A);
        if (slot > 26) slot = 26;
        slots[slot]++;
        uint b = input.Value.B, c = input.Value.C;
        slots[(int)((b & 3) | (c & 12))] += 2;
        slots[(int)((b & 7) ^ (c & 5))] += 3;
        slots[(int)((b & 3) * (c & 3))] += 4;
        slots[(int)((b & 3) << (int)(c & 1))] += 5;
        uint mixed = b ^ c;
        if (mixed < 27) slots[(int)mixed] += 6;
        uint product = unchecked(b * c);
        if (product <= 20) slots[(int)product + 1] += 7;
        uint shifted = b >> (int)(c & 31);
        if (shifted < 20) slots[(int)shifted] += 8;
        return XdpAction.Tx;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
