// The end of a loop is the smaller of a constant and a shifted number: the verifier knows it from the comparison only if that is one of the shifted number itself.
[BpfObject(License = "GPL")]
public partial class ShiftedEnd
{
    public struct Input { public uint A; public uint B; }
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return default;
        Span<int> all = stackalloc int[] { (int)input.Value.A, (int)input.Value.B };
        Span<int> some = all[Math.Min(1, unchecked((all[(int)input.Value.B & 1] >>> 29)) & 7)..];
        int sum = default;
        foreach (int item in some) sum += item;
        for (uint i = 0; i < Math.Min(3, input.Value.A >> 20); i++) Results[2]++;
        return default;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
