// A ReadOnlySpan of a stackalloc made the front end give up.
[BpfObject(License = "GPL")]
public partial class SpanOfStackalloc
{
    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<int> input)) return XdpAction.Pass;
        ReadOnlySpan<int> given = stackalloc int[] { input.Value, 5, input.Value * 3 };
        ReadOnlySpan<byte> zeros = stackalloc byte[4];
        return (XdpAction)(given[input.Value & 3] + zeros[input.Value & 7]);
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
