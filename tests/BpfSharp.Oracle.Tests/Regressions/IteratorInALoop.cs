// A loop whose end is known at run time only, around an iterator of the kernel: the verifier forgot the counter of the outer one, and saw no end of it.
[BpfObject(License = "GPL")]
public partial class IteratorInALoop
{
    public struct Input { public uint A; public byte B; }

    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }
    public static ulong g1;

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        for (byte i = 0; i < (input.Value.B & 3); i++)
        {
            for (uint j = 0; j < 3; j++) Results[0] ^= input.Value.A - j;
            foreach (uint k in Bpf.Range(input.Value.A & 3)) Results[1] += k;
            Results[2] += input.Value.A;
        }
        return (XdpAction)g1;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
