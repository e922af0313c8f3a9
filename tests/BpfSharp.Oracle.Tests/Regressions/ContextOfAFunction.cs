// A function of its own that has the context, and reads the packet at places that vary in the body of a loop that becomes a callback.
[BpfObject(License = "GPL")]
public partial class ContextOfAFunction
{
    [System.Runtime.CompilerServices.InlineArray(32)]
    public struct Text { private byte first; }

    public static int g0;

    [MethodImpl(MethodImplOptions.NoInlining)]
    static int Count(XdpContext ctx, uint from)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Text> text)) return -1;
        int n = 0;
        foreach (uint i in Bpf.Range(from & 63)) n += text.Value[(int)((i * 7 + from) & 31)];
        return n;
    }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<uint> first)) return XdpAction.Pass;
        g0 = Count(ctx, 40);
        return (XdpAction)Count(ctx, first.Value);
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
