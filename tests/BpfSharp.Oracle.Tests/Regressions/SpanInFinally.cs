// A span over a collection of the loop's own is read in the loop and on a way out of it: the body, a callback, put the address of its stack into its caller's ("cannot spill
// pointers to stack into stack frame of the caller").
[BpfObject(License = "GPL")]
public partial class SpanInFinally
{
    public struct Input { public int A; public uint B; public ushort C; public ushort D; }
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return default;
        int sum = 0;
        foreach (uint i in Bpf.Range(input.Value.B & 63))
        {
            ReadOnlySpan<ushort> pair = [input.Value.C, (ushort)(input.Value.D << 3)];
            ReadOnlySpan<ushort> either = (i & 1) == 0 ? pair : pair[1..];
            try
            {
                if (input.Value.A == sum) return (XdpAction)checked((int)(100 / (i - 2)));
                if ((sum & 1) != 0) Results[3] += pair[0];
                if ((sum & 2) != 0) Results[3] ^= pair[1];
                if ((sum & 4) != 0) Results[4] += i;
                if ((sum & 8) != 0) Results[5] += i;
                sum += pair[(int)(i & 1)];
                if (sum > input.Value.A) break;
            }
            finally
            {
                Results[1] += (uint)pair.IndexOf(either[0]) + either[^1];
            }
        }
        Results[2] = (uint)sum;
        return XdpAction.Pass;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
