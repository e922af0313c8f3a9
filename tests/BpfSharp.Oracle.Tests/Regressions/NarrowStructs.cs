// Structs that are aligned to two and four bytes, copied and zeroed through references to the stack.
[BpfObject(License = "GPL")]
public partial class NarrowStructs
{
    [BpfMap(MaxEntries = 4)] public static partial ArrayMap<ulong> Results { get; }
    [InlineArray(2)] public struct Words { private int _element; }
    [InlineArray(4)] public struct Halves { private ushort _element; }
    public struct Four { public short A; public bool B; public bool C; public Words D; public int E; }
    public struct Two { public ushort A; public Halves B; public ushort C; }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static Four Make(ulong a, Words words) => new Four { A = (short)a, B = a > 7, D = a > 100 ? words : default, E = (int)a };

    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Change(ref Halves halves, ref Two whole, ulong a)
    {
        Halves copy = halves;
        copy[1] += (ushort)a;
        if (a > 5) halves = copy;
        else halves = default;
        if (a > 9) whole = default;
    }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<ulong> input)) return XdpAction.Pass;
        Words words = default;
        words[1] = (int)input.Value;
        Four four = Make(input.Value, words);
        Two two = default;
        two.A = 3;
        two.B[2] = 9;
        two.C = (ushort)input.Value;
        Two other = two;
        Change(ref two.B, ref other, input.Value);
        Results[0u] = (ulong)(four.A + four.D[1] + four.E);
        Results[1u] = (ulong)(two.A + two.B[0] + two.B[1] * 3 + two.B[2] * 5 + two.C);
        Results[2u] = (ulong)(other.A + other.B[2] + other.C);
        return four.B ? XdpAction.Drop : XdpAction.Pass;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
