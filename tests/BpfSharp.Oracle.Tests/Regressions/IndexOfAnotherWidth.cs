// An index that was checked as 32 bits and addresses as 64, and one of which something is known only after it was sign-extended: the verifier knows nothing of the other.
[BpfObject(License = "GPL")]
public partial class IndexOfAnotherWidth
{
    [InlineArray(3)] public struct Three { private ulong _element; }
    public struct Input { public int A; public uint B; public ushort C; public ushort D; }
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }
    [BpfMap(MaxEntries = 4)] public static partial ArrayMap<Three> Slots { get; }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return default;
        Span<uint> some = stackalloc uint[4];
        some[input.Value.D & 3] = input.Value.B;
        int number = input.Value.A;
        long which = input.Value.B & 3;
        uint found = 0;
        if (which == number) found = some[number & 15];
        Results[1] += found;
        ushort twelve = 12;
        Results[2] += Slots[3u][checked(twelve * input.Value.C)] + 1;
        return (XdpAction)found;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
