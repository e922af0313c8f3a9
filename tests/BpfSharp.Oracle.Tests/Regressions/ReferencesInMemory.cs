// References to places of the packet that vary, in fields of ref structs that functions of their own get: the caller alone has the packet's end.
[BpfObject(License = "GPL")]
public partial class ReferencesInMemory
{
    [System.Runtime.CompilerServices.InlineArray(32)]
    public struct Text { private byte first; }
    public struct Input { public Text Text; public Text More; }

    ref struct Reader
    {
        public Span<byte> Left;
        public int Missing;

        [MethodImpl(MethodImplOptions.NoInlining)]
        public byte Next()
        {
            if (Left.Length == 0) { Missing++; return 0; }
            byte next = Left[0];
            Left = Left[1..];
            return next;
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        public int Number()
        {
            int n = 0;
            for (int i = 0; i < 3; i++) n = (n << 7) | (Next() & 127);
            return n;
        }

        public void Skip(int n) => Left = Left[Math.Min(n, Left.Length)..];
    }

    readonly ref struct Place(ref byte at, Span<byte> all)
    {
        public readonly ref byte At = ref at;
        public readonly Span<byte> All = all;
    }

    ref struct Cursor { public Place Place; public int Steps; }

    [MethodImpl(MethodImplOptions.NoInlining)] static int Sum(Place place) { int sum = place.At; for (int i = 0; i < place.All.Length; i += 9) sum += place.All[i]; return sum; }
    [MethodImpl(MethodImplOptions.NoInlining)] static int Both(in Place a, in Place b) => Sum(a) - b.At + Sum(b);
    [MethodImpl(MethodImplOptions.NoInlining)] static Place Make(ref Text text, int i) => new(ref text[i & 31], ((Span<byte>)text)[(i & 7)..]);
    [MethodImpl(MethodImplOptions.NoInlining)] static int Step(ref Cursor cursor) { cursor.Place.At++; return cursor.Place.At + ++cursor.Steps; }
    [MethodImpl(MethodImplOptions.NoInlining)] static int Twice(ref Cursor cursor) => Step(ref cursor) + Step(ref cursor);

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        ref Input n = ref input.Value;
        Reader reader = new() { Left = n.Text };
        reader.Skip(n.Text[0] & 15);
        int r = reader.Number();
        reader.Skip(n.Text[1] & 31);
        r ^= reader.Number() + reader.Missing;
        Place a = Make(ref n.Text, n.Text[2]), b = Make(ref n.More, n.More[1] >> 3);
        r += Both(in a, in b);
        Cursor cursor = new() { Place = r > 1000 ? b : a };
        return (XdpAction)(r * 3 + Twice(ref cursor));
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
