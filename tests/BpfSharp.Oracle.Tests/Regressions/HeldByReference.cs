// A variable that a loop's body writes and reads, and in between changes through a reference from outside: it is the same one on both sides.
[BpfObject(License = "GPL")]
public partial class HeldByReference
{
    public struct Input { public int A; public uint B; }
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }

    ref struct Cell
    {
        private ref int _at;
        public Cell(ref int at) => _at = ref at;
        public void Add(int n) => _at += n;
    }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return default;
        int number = 0;
        Cell cell = new(ref number);
        foreach (uint i in Bpf.Range(input.Value.B & 63))
        {
            number = 5;
            cell.Add(1);
            Results[1] += (ulong)number;
        }
        number = 7;
        cell.Add(input.Value.A);
        Results[2] = (ulong)number;
        return default;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
