// Loops whose number of rounds only the run tells: old verifiers see their end only if the counter is the right operand, and that of
// a slice's loop only if the slice's length is computed behind the check of its start.
[BpfObject(License = "GPL")]
public partial class BoundKnownAtRunTime
{
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }
    public struct Input { public ulong A; public ulong B; public int C; public uint D; public byte E; public byte F; public ushort G; }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        for (byte i = 0; i < ((byte)(input.Value.E << input.Value.C) & (byte)7); i++) Results[0u] += input.Value.B;
        for (int i = 0; i < ((int)(2u ^ input.Value.C) & 3); i++)
        {
            if (input.Value.A > 5) Results[1u]++;
        }
        for (uint i = 0; i < (input.Value.D & 7u); i++) input.Value.A--;
        Span<int> s = [0, input.Value.C / 11, 10 * input.Value.C, input.Value.C];
        Span<int> t = s[(s[1] & 7)..];
        int sum = 0;
        foreach (int e in t) sum += e;
        Results[2u] = (ulong)sum;
        return XdpAction.Pass;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
