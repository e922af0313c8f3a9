// Slices that start where only the run tells: the verifier does not see from the length of the slice where in the whole an element is.
[BpfObject(License = "GPL")]
public partial class OpenSlices
{
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }
    public struct Input { public ulong A; public ulong B; public uint C; public uint D; }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        Span<byte> s = stackalloc byte[16];
        s[3] = (byte)input.Value.B;
        int a = (int)(input.Value.C & 7);
        Span<byte> t = s[a..];
        Results[0u] = t[8];
        Results[1u] = t[(int)(input.Value.D & 15)];
        ulong sum = 0;
        foreach (byte e in t) sum += e;
        Results[2u] = sum;
        Results[3u] = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(t);
        Results[4u] = System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(t[(int)(input.Value.A & 7)..]);
        Span<uint> w = stackalloc uint[8];
        w[2] = input.Value.D;
        Span<uint> x = w.Slice(a);
        x[0] += 5;
        Results[5u] = x[1];
        return XdpAction.Pass;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
