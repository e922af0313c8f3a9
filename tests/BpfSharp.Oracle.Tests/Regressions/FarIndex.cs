// An index that is a number and a large constant: newer verifiers (6.13) take the constant for an offset of the address.
[BpfObject(License = "GPL")]
public partial class FarIndex
{
    [InlineArray(8)] public struct A0 { private byte _element; }
    public struct Input { public uint A; public uint B; public long C; public int D; }

    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }
    [BpfMap(MaxEntries = 4)] public static partial ArrayMap<A0> Slots { get; }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return default;
        uint a = input.Value.A | 0x7FFFFFFFu, b = input.Value.B & 3;
        Slots[3u][5] = 7;
        Results[0u] += a & Slots[3u][(int)(a - 2147483647u)];
        int d = (int)b - 0x40000000;
        Results[1u] += Slots[3u][d + 0x40000002] + b;
        long c = (input.Value.C & 7) + 0x30000000;
        Results[2u] += (ulong)c + Slots[3u][(int)(c - 0x30000000)];
        Results[3u] += (ulong)(Slots[3u][input.Value.D - 0x7FFFFFF0] + input.Value.D);
        return default;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
