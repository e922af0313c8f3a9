// A loop whose end is known at run time only calls a function that branches: verifiers before Linux 6.8 compared only the called function's registers, and took the loop for one
// without an end, as its counter had decided nothing so far.
[BpfObject(License = "GPL")]
public partial class CallInALoop
{
    public struct Input
    {
        public ulong A;
        public int B;
        public int C;
    }
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        Input copy = input.Value;
        for (int i = 0; i < (~copy.C & 7); i++)
        {
            int greater = Greater(7, unchecked(copy.C + input.Value.C));
            if (Results[0u] == 5) copy.B += input.Value.B;
        }
        return (XdpAction)copy.B;
    }
    [MethodImpl(MethodImplOptions.NoInlining)] static T Greater<T>(T a, T b) where T : unmanaged, IComparable<T> => a.CompareTo(b) > 0 ? a : b;

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
