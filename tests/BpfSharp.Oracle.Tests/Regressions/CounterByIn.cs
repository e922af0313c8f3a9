// A loop counter passed by in stayed in four bytes of the stack, of which the verifier knew nothing: the loop had no end to it.
[BpfObject(License = "GPL")]
public partial class CounterByIn
{
    [System.Runtime.CompilerServices.InlineArray(16)]
    public struct Table { private ulong first; }

    public static Table g0;
    public static ulong g1;

    [MethodImpl(MethodImplOptions.NoInlining)]
    static ulong Weigh(in int i, in ulong by) { g1 += (ulong)i; return by * (ulong)(i + 1); }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<ulong> input)) return XdpAction.Pass;
        int n = 0;
        for (int i = 0; i < 16; i++)
        {
            ulong weight = Weigh(in i, input.Value);
            g0[i] += weight;
            n += (int)(weight & 1);
        }
        return (XdpAction)n;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
