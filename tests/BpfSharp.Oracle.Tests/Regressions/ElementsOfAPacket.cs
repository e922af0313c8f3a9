// Elements of arrays in the packet at places that vary: the verifier wants to see the very address compared with the packet's end.
[BpfObject(License = "GPL")]
public partial class ElementsOfAPacket
{
    [System.Runtime.CompilerServices.InlineArray(24)]
    public struct Text { private byte first; }
    public struct Pair { public ushort A; public ushort B; }
    [System.Runtime.CompilerServices.InlineArray(8)]
    public struct Pairs { private Pair first; }
    public struct Input { public Text Text; public Pairs Pairs; }

    [BpfMap(MaxEntries = 8)] public static partial HashMap<ushort, uint> Table { get; }

    public static int g0;

    [MethodImpl(MethodImplOptions.NoInlining)] static int At(in Text text, int i) => text[i % 24] + text[(i + 3) % 24];

    [MethodImpl(MethodImplOptions.NoInlining)]
    static int Sum(ReadOnlySpan<byte> text, int from)
    {
        int sum = 0;
        foreach (byte one in text[(from & 15)..]) sum += one;
        return sum;
    }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        uint n = input.Value.Text[0];
        foreach (uint i in Bpf.Range(n & 31)) g0 = (g0 * 3) + input.Value.Text[(int)i % 24];
        foreach (uint i in Bpf.Range(40)) g0 ^= input.Value.Pairs[(int)i & 7].B;
        Pair pair = input.Value.Pairs[(int)n & 7];
        input.Value.Pairs[(int)(n + 2) & 7] = pair;
        ref Pair other = ref input.Value.Pairs[(int)(n >> 3) & 7];
        other.B += other.A;
        Table.TryUpdate(input.Value.Pairs[(int)(n + 1) & 7].A, n);
        Span<byte> text = input.Value.Text;
        Span<byte> copy = stackalloc byte[8];
        text.Slice((int)n & 15, 8).CopyTo(copy);
        copy.CopyTo(text[((int)n & 7)..]);
        g0 += MemoryMarshal.Read<int>(text[((int)n & 15)..]);
        if (text[((int)n & 7)..].StartsWith("GET "u8)) g0++;
        int at = 0;
        while (at < text.Length && text[at] != 0) at += (text[at] & 3) + 1;
        return (XdpAction)(At(input.Value.Text, (int)n) + Sum(text, (int)n) + at);
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
