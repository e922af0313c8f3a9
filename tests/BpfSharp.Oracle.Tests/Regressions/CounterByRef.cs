// A loop counter passed by reference stayed in four bytes of the stack, of which the verifier knew nothing: the loop had no end to it.
[BpfObject(License = "GPL")]
public partial class CounterByRef
{
    [System.Runtime.CompilerServices.InlineArray(16)]
    public struct Table { private ulong first; }

    public static Table g0;
    public static ulong g1;

    [MethodImpl(MethodImplOptions.NoInlining)]
    static ulong Weigh(ref int i, ulong by) { g1 += (ulong)i; if (by == 77) i++; return by * (ulong)(i + 1); }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<ulong> input)) return XdpAction.Pass;
        int n = 0;
        for (int i = 0; i < 16; i++)
        {
            ulong weight = Weigh(ref i, input.Value);
            if (i < 16) g0[i] += weight;
            n += (int)(weight & 1);
        }
        return (XdpAction)n;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
