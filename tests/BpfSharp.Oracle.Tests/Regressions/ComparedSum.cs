// An index that a constant is added to, compared as the sum: verifiers before Linux 6.10 learn nothing of the number itself ("invalid variable-offset read from stack" on 5.10 and 6.1).
[BpfObject(License = "GPL")]
public partial class ComparedSum
{
    public struct Input { public ulong A; public uint C; public uint D; public byte E, F, G, H; public uint K; }
    public static uint g0, g1, g2;
    [System.Runtime.CompilerServices.InlineArray(64)] public struct Text { private byte first; }
    [BpfMap(MaxEntries = 1)] public static partial ArrayMap<Text> Texts { get; }
    public static Text g3;
    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        uint n = input.Value.C & 63;
        ref Text t = ref Texts[0u];
        int at = (int)(input.Value.D & 63);
        if (at + 1 >= 64) return XdpAction.Aborted;
        return (XdpAction)t[at + 1];
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
