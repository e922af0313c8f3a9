// A slice that starts at one of two places, one of them known only at run time: a phi of addresses, from which the verifier does not learn where an element is.
[BpfObject(License = "GPL")]
public partial class SliceOfChoice
{
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }
    public struct Input { public ulong A; public ulong B; public uint C; public uint D; }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        Span<byte> s = stackalloc byte[16];
        s[5] = (byte)input.Value.A;
        s[12] = (byte)input.Value.B;
        Span<byte> t = s[Math.Min(3, (int)(input.Value.C & 7))..];
        Results[0u] = t[(int)input.Value.D];
        t[(int)(input.Value.A & 15)] = 9;
        Results[1u] = t[2];
        return XdpAction.Pass;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
