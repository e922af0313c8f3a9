// Functions with loops of many ways, which are callbacks of bpf_loop, get references to elements of a packet at places that vary: directly, and by way of another function.
// Only the program has the packet's end, which the callback has to compare the reference with ("R0 offset is outside of the packet").
[BpfObject(License = "GPL")]
public partial class LoopsOverPackets
{
    [InlineArray(4)] public struct Numbers { private uint _element; }

    public struct Input
    {
        public Numbers A;
        public uint B;
        public uint C;
    }
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }

    [MethodImpl(MethodImplOptions.NoInlining)] static bool Count(ushort start, ref uint at, uint rounds)
    {
        foreach (uint i in Bpf.Range(start, rounds & 63))
        {
            if (i == 9) return at > 5;
            if ((at & 1) == 0) Results[1u] += at;
            if ((at & 2) == 0) Results[2u] ^= i;
            if ((at & 4) == 0) Results[3u] += i;
            if ((at & 8) == 0) at += 3;
            if ((at & 16) == 0) at ^= i;
            if ((at & 32) == 0) Results[4u] += at;
            if (at > 1000) at -= 900;
            if ((i & 64) == 0) at++;
        }
        return at > rounds;
    }

    [MethodImpl(MethodImplOptions.NoInlining)] static uint Twice(ref uint at, uint rounds) => (Count(1, ref at, rounds) ? 1u : 2u) + (Count(2, ref at, rounds + 3) ? 4u : 8u);

    [MethodImpl(MethodImplOptions.NoInlining)] static uint Nested(ref uint at, ref uint next, uint rounds)
    {
        uint sum = 0;
        foreach (uint i in Bpf.Range(rounds & 63))
        {
            ref uint from = ref (i & 1) == 0 ? ref at : ref next;
            foreach (uint j in Bpf.Range(i + 1))
            {
                from += j;
                sum ^= next;
            }
            if (sum > 5) sum -= at;
        }
        return sum;
    }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        uint result = Twice(ref input.Value.A[(int)(input.Value.B & 3)], input.Value.C);
        if (Count(0, ref input.Value.A[(int)(input.Value.C % 4)], input.Value.B)) result += 16;
        result += Nested(ref input.Value.A[(int)(input.Value.C & 3)], ref input.Value.A[(int)(input.Value.B & 2)], input.Value.C);
        Results[0u] = result;
        return (XdpAction)input.Value.A[1];
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
