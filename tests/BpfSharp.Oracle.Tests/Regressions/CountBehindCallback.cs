// A count that a callback compares and changes also ends an ordinary loop behind it: kernels before 6.7 were to know it for that loop's sake, and removed what it decides in later rounds.
[BpfObject(License = "GPL")]
public partial class CountBehindCallback
{
    public struct Input { public ulong A; public uint C; public uint D; public byte E, F, G, H; public uint K; }
    public static uint g0, g1, g2;
    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        uint n = input.Value.C & 63;
        uint count = 1, hits = 0; Span<uint> at = stackalloc uint[8];
        foreach (uint i in Bpf.Range(n)) { if (count == 4) hits += 100; if (count < 8 && (input.Value.A >> (int)i & 3) == 1) at[(int)count++] = i; }
        uint sum = 0;
        for (uint k = 1; k < count && k < 8; k++) sum += at[(int)k];
        return (XdpAction)(sum * 100 + hits + count);
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
