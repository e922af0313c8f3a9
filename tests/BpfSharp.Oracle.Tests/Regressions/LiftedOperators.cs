// Operators and conversions of user-defined structs on nullable values: they are called with what the values hold.
[BpfObject(License = "GPL")]
public partial class LiftedOperators
{
    public record struct Point(int X, int Y);
    public readonly struct Meters(int v)
    {
        public readonly int V = v;
        public static Meters operator +(Meters a, Meters b) => new(unchecked(a.V + b.V));
        public static Meters operator -(Meters a) => new(unchecked(-a.V));
        public static Meters operator ++(Meters a) => new(unchecked(a.V + 1));
        public static bool operator <(in Meters a, in Meters b) => a.V < b.V;
        public static bool operator >(in Meters a, in Meters b) => a.V > b.V;
        public static bool operator ==(Meters a, Meters b) => (a.V & 1) == (b.V & 1);
        public static bool operator !=(Meters a, Meters b) => (a.V & 1) != (b.V & 1);
        public static explicit operator int(Meters m) => m.V;
        public static implicit operator Meters(int v) => new(v);
    }
    public struct Input { public int A; public int B; public IPv4Address From; public IPv4Address To; public byte Kinds; }

    public static int g0, g1;

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        ref Input n = ref input.Value;
        Point? a = (n.Kinds & 1) != 0 ? new Point(n.A & 1, n.B & 1) : null, b = (n.Kinds & 2) != 0 ? new Point(n.B & 1, n.A & 1) : null;
        Meters? x = (n.Kinds & 4) != 0 ? new Meters(n.A) : null, y = (n.Kinds & 8) != 0 ? n.B : null;
        IPv4Address? from = (n.Kinds & 16) != 0 ? n.From : null;
        int r = (a == b ? 1 : 0) + (a != b ? 2 : 0) + (new Point(1, 0) == b ? 4 : 0) + (x < y ? 8 : 0) + (x > new Meters(3) ? 16 : 0)
            + (x == y ? 32 : 0) + (x != y ? 64 : 0) + (from == n.To ? 128 : 0);
        Meters? sum = x + y, negated = -x;
        sum += 5;
        x++;
        g0 = (int?)sum ?? -9;
        g1 = negated is { V: var v } ? v : x?.V ?? 11;
        if ((n.Kinds & 32) != 0) g1 ^= (int)y;
        return (XdpAction)r;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
