// The bounds check compared the narrow index and the address used the wide one, of which the verifier knew less.
[BpfObject(License = "GPL")]
public partial class NarrowedIndex
{
    [InlineArray(6)] public struct Items { private uint _element; }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<long> input)) return XdpAction.Pass;
        Items items = default;
        for (int i = 0; i < 6; i++) items[i] = (uint)(i * input.Value);
        return (XdpAction)(items[((int)(input.Value + 5)) & 15] + items[(int)(((input.Value >> 3) & 31) & 15)]);
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
