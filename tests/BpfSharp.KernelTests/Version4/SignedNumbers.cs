// What instruction set v4 has and v3 has not: loads and moves that extend the sign, signed division, swaps of registers.
[BpfObject(License = "GPL")]
public partial class SignedNumbers
{
    public struct Numbers { public sbyte A; public short B; public int C; public long D; }

    [BpfMap(MaxEntries = 4)] public static partial HashMap<int, Numbers> Table { get; }

    public static long g0;
    public static long g1;
    public static long g2;
    public static ulong g3;

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Numbers> input)) return XdpAction.Pass;
        Numbers n = input.Value;
        Table.Set(1, n);
        if (!Table.TryGetRef(1, out Ref<Numbers> kept)) return XdpAction.Drop;
        // Loads that extend the sign to 64 bits, then moves that do.
        g0 += kept.Value.A + (long)kept.Value.B + kept.Value.C + kept.Value.D;
        long d = n.D + g0;
        g0 += (sbyte)d * 3L + (short)(d >> 3) + (int)(d * 5);
        g0 ^= (sbyte)(n.C * 7) + (short)(n.C >> 2);
        // Both widths, by constants and by numbers of both signs; a division that .NET throws for is a fault.
        int c = n.C | 1;
        g1 += d / (n.B | 1) + d / -7 + n.C / (n.A | 1) + c / 10;
        g2 += d % (n.B | 1) + d % 1000 + n.C % (n.A | 1) - c % -13;
        g3 += System.Buffers.Binary.BinaryPrimitives.ReverseEndianness((ulong)d) + System.Buffers.Binary.BinaryPrimitives.ReverseEndianness((uint)n.C) + System.Buffers.Binary.BinaryPrimitives.ReverseEndianness((ushort)n.B);
        if (n.A == 5) g1 = long.MinValue / (n.B - n.B - 1);
        return (XdpAction)(int)(g0 ^ g1 ^ g2 ^ (long)g3);
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
