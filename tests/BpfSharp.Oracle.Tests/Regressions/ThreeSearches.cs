// Three searches in a row over text of unknown length: the verifier followed what is behind each once for every place found, more than a million instructions.
[BpfObject(License = "GPL")]
public partial class ThreeSearches
{
    [System.Runtime.CompilerServices.InlineArray(32)]
    public struct Text { private byte first; }

    public static Text g0;
    public static int g1;

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Text> input)) return XdpAction.Pass;
        ReadOnlySpan<byte> text = input.Value;
        text = text[..(input.Value[0] & 31)];
        int dot = text.LastIndexOf((byte)0);
        if (dot >= 0) text = text[(dot + 1)..];
        int at = text.IndexOf((byte)'@');
        if (at >= 0) text = text[..at];
        g1 += text.Count((byte)7);
        Span<byte> target = g0;
        text.CopyTo(target);
        return (XdpAction)((at * 100) + dot);
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
