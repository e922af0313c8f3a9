// An element of an array in the frame of a callback or function: the verifier adds a stack pointer to a number without the pointer's frame,
// and would take the element for one of the caller's.
[BpfObject(License = "GPL")]
public partial class ArrayOfACallback
{
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }
    public struct Input { public ulong A; public ulong B; public int C; public uint D; }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        int n = input.Value.C;
        Bpf.Loop(2u, ref n, static (uint i, ref int p) =>
        {
            p |= (int)Fold(1, 1);
            return true;
        });
        Results[0u] = (ulong)n + (ulong)Chosen(input.Value.A, input.Value.B, (int)(input.Value.D & 3));
        return XdpAction.Pass;
    }

    static long Fold(params ReadOnlySpan<long> items) { long sum = 1; foreach (long item in items) sum = 1 ^ item; return sum; }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static long Chosen(ulong a, ulong b, int at)
    {
        Span<ulong> s = [a, b, 3, 4];
        s[at]++;
        return (long)(s[at] * s[3 - at]);
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
