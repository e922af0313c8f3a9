// Loops that go through the packet byte by byte. The verifier tells the places apart: of an iterator it never saw a round that was like one before ("the sequence of 8193 jumps is too
// complex"), and of a loop that moves the cursor by one or by two it followed each combination.
[BpfObject(License = "GPL")]
public partial class CursorInIterator
{
    [BpfMap(MaxEntries = 256)] public static partial ArrayMap<uint> Hist { get; }
    public static uint g0, g1, g2, g3;

    static uint Sum(ref PacketCursor packet)
    {
        uint sum = 0;
        foreach (uint i in Bpf.Range(1500))
        {
            if (!packet.TryRead(out Ref<byte> b)) break;
            sum += b.Value;
        }
        return sum;
    }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        uint words = 0, digits = 0;
        bool inside = false;
        for (int i = 0; i < 200; i++)
        {
            if (!packet.TryRead(out Ref<byte> b)) break;
            byte c = b.Value;
            Hist[c]++;
            bool letter = c is >= (byte)'a' and <= (byte)'z' or >= (byte)'A' and <= (byte)'Z';
            if (letter && !inside) words++;
            inside = letter;
            if (c is >= (byte)'0' and <= (byte)'9') digits = digits * 10 + c - '0';
            if (c is < 8 && packet.TryPeek(out Ref<byte> next) && next.Value < 8) { g3++; packet.TrySkip(1); }
        }
        g1 = packet.Remaining;
        g2 = words;
        g0 = digits;
        packet = ctx.Packet;
        uint sum = Sum(ref packet);
        return packet.TryRead(out Ref<ushort> tail) ? (XdpAction)tail.Value : (XdpAction)(sum + packet.Remaining);
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
