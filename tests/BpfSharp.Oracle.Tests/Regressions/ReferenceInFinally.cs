// A reference in a 'finally' that is left from inside a loop and from behind it: as a callback the loop's body may not store an address of the stack in its caller's frame.
[BpfObject(License = "GPL")]
public partial class ReferenceInFinally
{
    public struct Input { public int A; public uint B; public ushort C; }
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return default;
        Input copy = input.Value;
        int rounds = 0;
    again:
        rounds++;
        foreach (uint i in Bpf.Range(input.Value.B & 127))
        {
            try
            {
                copy.A -= (int)(i * i);
                if (copy.A < -1000) { copy.A += 5000; if (rounds < 3) goto again; }
            }
            finally
            {
                ref ushort both = ref (copy.A is > -200 ? ref copy.C : ref input.Value.C);
                both++;
                Results[2] += both;
            }
        }
        Results[1] = (uint)copy.A + (ulong)copy.C;
        return (XdpAction)input.Value.C;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
