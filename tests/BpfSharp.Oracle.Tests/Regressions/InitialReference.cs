// A 'ref' field with an initial value refers to it; it is not assigned through.
[BpfObject(License = "GPL")]
public partial class InitialReference
{
    public struct Input { public ulong A; public sbyte B; }
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }

    ref struct Cell<T>(ref T at) where T : IBinaryInteger<T>
    {
        public ref T At = ref at;
        public int Times;

        public void Add(T x)
        {
            At = unchecked(At + x);
            Times++;
        }
    }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return default;
        Cell<ulong> cell = new(ref input.Value.A);
        cell.Add(3);
        if (input.Value.B > 2) cell = new(ref Results[1u]);
        cell.Add(5);
        Cell<sbyte> narrow = new(ref input.Value.B);
        narrow.Add(100);
        Results[2u] += (ulong)cell.Times + cell.At + (ulong)narrow.At;
        return default;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
