// A function that is not inlined cannot return the address of its caller's variable; and what is passed by in is not copied where the call changes it.
[BpfObject(License = "GPL")]
public partial class ReturnedReference
{
    public static ulong g0;

    [MethodImpl(MethodImplOptions.NoInlining)]
    static int Both(in int a, ref int b, out int c) { b += 3; c = a * 5; g0 += (ulong)a; return a + c; }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static ref int Larger(ref int a, ref int b) => ref a > b ? ref a : ref b;

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<ulong> input)) return XdpAction.Pass;
        int x = (int)input.Value, y = 9;
        int n = Both(in x, ref x, out int z);
        n += Both(in y, ref x, out y);
        ref int alias = ref x;
        n += Both(in x, ref alias, out z);
        Larger(ref x, ref y) += 7;
        return (XdpAction)(n + x * 3 + y * 7 + z);
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
