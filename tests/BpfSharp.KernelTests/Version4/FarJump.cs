// A jump over more instructions than 16 bits can say, there and back: v4 has one of 32 bits.
[BpfObject(License = "GPL")]
public partial class FarJump
{
    public static ulong g0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Ten(ref ulong s, ulong by)
    {
        s = (s * 31) ^ by;
        s += s >> 7;
        s = (s * 33) ^ (by << 3);
        s += s >> 9;
        s = (s * 35) ^ (by >> 1);
        s -= s << 5;
        s = (s * 37) ^ by;
        s += s >> 11;
        s = (s * 39) ^ (by << 1);
        s -= s << 3;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Hundred(ref ulong s, ulong by)
    {
        Ten(ref s, by); Ten(ref s, by + 1); Ten(ref s, by ^ 2); Ten(ref s, by + 3); Ten(ref s, by ^ 4);
        Ten(ref s, by + 5); Ten(ref s, by ^ 6); Ten(ref s, by + 7); Ten(ref s, by ^ 8); Ten(ref s, by + 9);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Thousand(ref ulong s, ulong by)
    {
        Hundred(ref s, by); Hundred(ref s, by + 10); Hundred(ref s, by ^ 20); Hundred(ref s, by + 30); Hundred(ref s, by ^ 40);
        Hundred(ref s, by + 50); Hundred(ref s, by ^ 60); Hundred(ref s, by + 70); Hundred(ref s, by ^ 80); Hundred(ref s, by + 90);
    }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<ulong> input)) return XdpAction.Pass;
        ulong s = g0, by = input.Value;
        if ((by & 1) != 0)
        {
            Thousand(ref s, by); Thousand(ref s, by + 100); Thousand(ref s, by ^ 200); Thousand(ref s, by + 300); Thousand(ref s, by ^ 400);
            Thousand(ref s, by + 500); Thousand(ref s, by ^ 600); Thousand(ref s, by + 700); Thousand(ref s, by ^ 800); Thousand(ref s, by + 900);
            Thousand(ref s, by ^ 1000); Thousand(ref s, by + 1100); Thousand(ref s, by ^ 1200); Thousand(ref s, by + 1300);
        }
        else
        {
            s = by;
        }
        g0 = s + 1;
        return (XdpAction)(int)(s ^ (s >> 32));
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
