// Spans and results that are handed to a function by reference, over and over: what is on the stack for one call is not there any more for the next.
[BpfObject(License = "GPL")]
public partial class StackOfCalls
{
    public struct Input { public uint A; public uint B; public byte C; }
    public struct Sums { public ulong Sum; public uint Most; public uint At; }
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static Sums Add(ReadOnlySpan<uint> numbers, Span<byte> seen, uint add)
    {
        Sums sums = default;
        for (int i = 0; i < numbers.Length && i < 8; i++)
        {
            sums.Sum += numbers[i] ^ add;
            if (numbers[i] > sums.Most) { sums.Most = numbers[i]; sums.At = (uint)i; }
        }
        seen[(int)(sums.At & 7)]++;
        return sums;
    }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return default;
        uint a = input.Value.A, b = input.Value.B, c = input.Value.C;
        Results[1] += Add([a, b, c, a + b, 5], stackalloc byte[24], 1).Sum;
        Results[2] += Add([b, c, c, a - b, a ^ 7], stackalloc byte[24], 2).Most;
        Results[3] += Add([c, a, 3, a * b, b >> 2], stackalloc byte[24], a).Sum;
        Results[4] += Add([a, a, c, b - a], stackalloc byte[32], 4).At;
        Results[5] += Add([b, 9, c, a | b, c << 3], stackalloc byte[24], 5).Sum;
        Results[6] += Add([c, b, a, a & b], stackalloc byte[32], b).Most;
        Sums last = Add([7, b, a + c, a + b], stackalloc byte[24], c);
        return (XdpAction)(last.Sum + last.Most);
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
