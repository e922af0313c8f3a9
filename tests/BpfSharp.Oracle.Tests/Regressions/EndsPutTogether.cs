// Loops whose ends are put together of two numbers, of which verifiers before Linux 6.10 know nothing: they followed the loop until there were too many rounds.
[BpfObject(License = "GPL")]
public partial class EndsPutTogether
{
    public struct Input { public ulong A; public uint B; public uint C; }
    public static uint g0, g1, g2;

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        uint b = input.Value.B, c = input.Value.C;
        uint n = (b & 3) | (c & 12);
        for (uint i = 0; i < n; i++) g0 += i;
        n = (b & 3) * (c & 3);
        for (uint i = 0; i < n; i++) g1 += i;
        n = (b & 3) ^ (c & 12);
        for (int i = 0; i < (int)n; i++) g2 += (uint)i;
        n = 1u << (int)(c & 3);
        for (uint i = 0; i < n; i++) g0 += i;
        return XdpAction.Tx;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
