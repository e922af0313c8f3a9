// A cursor is moved on by products and by numbers that are put together from two: verifiers before Linux 6.10 know nothing of such a number but what it was compared with, and add
// up more than they follow (5.10, 6.1: "invalid access to packet").
[BpfObject(License = "GPL")]
public partial class CombinedSkips
{
    [InlineArray(16)] public struct Bytes { private byte _element; }
    public struct Input
    {
        public byte Hi;
        public byte Lo;
        public byte C;
        public byte D;
    }
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        PacketCursor other = packet;
        int length = (input.Value.Hi << 8) | input.Value.Lo;
        if (packet.TrySkip((uint)length) && packet.TryRead(out Ref<Input> next)) Results[1] += next.Value.Hi;
        uint words = (uint)(input.Value.C & 7) * (uint)(input.Value.D & 3);
        if (other.TrySkip(words) && other.TryRead(out Ref<Bytes> bytes))
        {
            Results[2] += bytes.Value[(input.Value.C & 3) | (input.Value.D & 12)];
            Results[3] += bytes.Value[(input.Value.C & 3) * (input.Value.D & 3) ^ (input.Value.Hi & 4)];
            if (input.Value.D > 4 && other.TrySkip((input.Value.Hi & 12u) ^ (input.Value.Lo & 7u)) && other.TryRead(out Ref<ushort> last)) Results[4] += last.Value;
        }
        return XdpAction.Drop;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
