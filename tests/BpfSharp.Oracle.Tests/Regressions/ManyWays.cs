// The rounds of an iterator go many ways, and each leaves other things in registers and on the stack. The verifier compares all of it until it has seen every way, and followed
// each combination, more than a million instructions. So the body is a callback.
[BpfObject(License = "GPL")]
public partial class ManyWays
{
    public struct Input
    {
        public ulong A;
        public int B;
        public int C;
        public long D;
        public short E;
        public ushort F;
        public uint G;
    }
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }
    [BpfMap(MaxEntries = 8)] public static partial HashMap<uint, ulong> Table { get; }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        Input copy = input.Value;
        foreach (uint i in Bpf.Range(copy.G & 63))
        {
            switch ((byte)input.Value.E)
            {
                case 4: Results[5u] ^= (ulong)(copy.B < input.Value.C ? copy.D : 7); break;
                case 7: Results[i & 7] += (ulong)copy.E; break;
                case 9: Table.TryAdd(i & 7, copy.A); break;
                case 11: input.Value.F++; break;
                case 12: if (copy.D > input.Value.B) continue; break;
                default: Results[0u] += (ulong)(i switch { 9 => copy.B, 12 => copy.C, 15 => input.Value.B, _ => copy.E }); break;
            }
            if (copy.B > 5) Results[1u] += copy.A;
            if (copy.C < 100) Results[2u] ^= i;
            if (Table.TryGetValue(input.Value.G & 3, out ulong found) && found > copy.A) Results[3u] = found;
            if (copy.F == 77 || copy.E == -8) Results[4u] += (ulong)copy.D;
            else if (copy.D < copy.B) Results[6u] -= i;
            Results[7u] += (ulong)(input.Value.C switch { 1 => copy.B, 2 => copy.C, > 1000 => copy.E, _ => 5 });
        }
        return (XdpAction)(copy.B + copy.C + copy.E + copy.F + (int)copy.D + (int)copy.A);
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
