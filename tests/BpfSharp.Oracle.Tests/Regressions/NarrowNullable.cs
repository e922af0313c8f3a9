// Compound assignment to a nullable number that is narrower than the operator.
[BpfObject(License = "GPL")]
public partial class NarrowNullable
{
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }
    public struct Input { public long A; public ulong B; public int C; public ushort D; public byte E; public sbyte F; }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        sbyte? a = input.Value.C > 0 ? input.Value.F : null;
        a += input.Value.F;
        a <<= input.Value.C;
        ushort? b = input.Value.D;
        b *= input.Value.E;
        b -= input.Value.C < 4 ? null : (ushort)5;
        byte? c = input.Value.E;
        checked { c += 3; }
        Results[0u] = (ulong)(a ?? 77);
        Results[1u] = (ulong)(b ?? 78);
        Results[2u] = (ulong)(c ?? 79);
        return XdpAction.Pass;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
