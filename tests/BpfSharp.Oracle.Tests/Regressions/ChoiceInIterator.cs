// A choice between a variable and an element of a packet at a place that varies, inside an iterator: the way out of its check would not give the iterator back.
[BpfObject(License = "GPL")]
public partial class ChoiceInIterator
{
    [InlineArray(8)] public struct Letters { private char _element; }
    public struct Input { public uint A; public uint B; public Letters Text; public Letters More; }
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return default;
        char mine = 'a', other = 'b';
        foreach (uint i in Bpf.Range(input.Value.B & 63))
        {
            ref char first = ref Pick(ref mine, ref input.Value.Text[(int)(input.Value.A & 7)], i < 3);
            ref char second = ref Pick(ref other, ref input.Value.More[(int)(input.Value.A >> 3 & 7)], i < 3);
            first = (char)(first + i);
            second ^= first;
        }
        Results[1u] = mine + (ulong)other;
        return (XdpAction)input.Value.More[2];
    }

    static ref T Pick<T>(ref T a, ref T b, bool second) where T : unmanaged => ref (second ? ref b : ref a);

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
