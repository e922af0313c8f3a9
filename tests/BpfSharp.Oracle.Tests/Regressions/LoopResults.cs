// The body of Bpf.Loop returns a bool that a byte of the packet was reinterpreted as: the verifier wants 0 or 1 from it.
[BpfObject(License = "GPL")]
public partial class LoopResults
{
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }
    public struct Input { public ulong A; public ulong B; public uint C; public uint D; }
    public struct State { public bool Goes; public ulong Sum; }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        State state = new() { Goes = input.Value.A != 5, Sum = input.Value.B };
        Results[0u] = (ulong)(uint)Bpf.Loop(50, ref state, static (i, ref s) =>
        {
            s.Sum += i;
            return s.Goes;
        });
        Results[1u] = state.Sum;
        return XdpAction.Pass;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
