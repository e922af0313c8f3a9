// Several ways lead to the next round of a loop whose end is known at run time only. Its counter is one all the same: verifiers before Linux 6.8 see the end of a loop only if
// its counter is on the right of the comparison, and went on counting here (6.1: "The sequence of 8193 jumps is too complex").
[BpfObject(License = "GPL")]
public partial class ContinuedCounter
{
    public struct Input
    {
        public ulong I1;
        public int I3;
        public short I6;
        public char I8;
        public byte I10;
    }
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        for (byte i3 = 0; i3 < 3; i3 += 2)
        {
            for (int i4 = 0; i4 < (((input.Value.I8 != input.Value.I8) ? 1 : input.Value.I3) & 1); i4++)
            {
                if (input.Value.I3 > i4)
                {
                    Results[6u] += unchecked((ulong)((((ushort)(input.Value.I3 ^ 11)) != input.Value.I10) ? (long)(input.Value.I1 % (input.Value.I1 & 7 | 1)) % 4294967296L : (long)unchecked(input.Value.I3 * input.Value.I3) & (short)(-input.Value.I6)));
                }
            }
        }
        return (XdpAction)input.Value.I3;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
