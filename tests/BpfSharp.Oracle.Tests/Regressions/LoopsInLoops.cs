// Callbacks of bpf_loop: without rounds, and inside of a loop whose counter they see.
[BpfObject(License = "GPL")]
public partial class LoopsInLoops
{
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }
    public struct Input { public ulong A; public ulong B; public uint C; public uint D; }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        uint none = 0;
        int n = 0;
    again:
        n++;
        foreach (uint i in Bpf.Range(3u, 3u + (input.Value.C & 3u))) Results[0u] += i * (ulong)n;
        if (n < 4) goto again;
        uint changed = input.Value.C;
        if (changed << 3 > 5) changed = 0;
        foreach (uint i in Bpf.Range(changed & 8u & (changed << 1))) Results[1u] += i;
        Results[2u] = Results[2u] & none;
        foreach (uint i in Bpf.Range((uint)Results[2u] & none)) Results[3u] += i;
        ulong sum = 5;
        Results[4u] = Bpf.Loop(changed & 4u, ref sum, static (uint i, ref ulong s) => { s += i; return s < 9; });
        Results[5u] = Bpf.Loop((changed >> 31) & 1u & (changed << 1), ref sum, static (uint i, ref ulong s) => { s += i + 3; return true; });
        Results[6u] = sum;
        return XdpAction.Pass;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
