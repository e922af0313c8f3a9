// The counter of a loop around another has no register left: verifiers before Linux 6.8 took it for one that stands still, as long as it had decided nothing.
// It takes a program with so many values that the counter is spilled: this one is a random program's (5.10).
[BpfObject(License = "GPL")]
public partial class CounterInTheStack
{
    public enum E0 : uint { M0 = 8, M1 = 15, M2 = 1661910453 }
    public enum E1 : int { M0 = 8, M1 = 3 }
    [InlineArray(5)] public struct A0 { private sbyte _element; }
    public struct S0
    {
        public E0 F0;
        public short F1;
        public static explicit operator char(S0 a) => (char)255;
        public static explicit operator S0(char a) => new S0 { F0 = E0.M0, F1 = unchecked((short)(unchecked(((short)10 * (short)9)))) };
    }
    public struct S1
    {
        public E1 F2;
        public ushort F1;
        public A0 F0;
        public readonly ulong OfS1 => unchecked((ulong)(unchecked((uint)(4u))));
        public readonly ulong this[nuint index] => ((ulong)((((long)(F0[3])) + 9L)));
    }
    public struct S2
    {
        public S1 F0;
        public char F1;
        public E0 F2;
        public long F3;
        public static explicit operator sbyte(S2 a) => a.F0.F0[^4];
        public static explicit operator S2(sbyte a) => new S2 { F0 = default(S1), F1 = (char)32768, F2 = E0.M0, F3 = ((long)(a)) };
    }
    public struct Input
    {
        public long I0;
        public ulong I1;
        public int I2;
        public uint I3;
        public uint I4;
        public short I5;
        public ushort I6;
        public char I7;
        public short I8;
        public sbyte I9;
        public byte I10;
    }
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }
    [BpfMap(MaxEntries = 5)] public static partial HashMap<long, int> Table0 { get; }
    [BpfMap(MaxEntries = 5)] public static partial HashMap<long, E0> Table1 { get; }
    [BpfMap(MaxEntries = 4)] public static partial ArrayMap<char> Slots { get; }
    public static long g2;
    public static E0 g3;
    public static bool g4;

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        Input copy = input.Value;
        foreach (uint i0 in Bpf.Range(2u, 2u + (((uint)((-input.Value.I3))) & 7u)))
        {
            foreach (uint i1 in Bpf.Range(2u, 2u + (input.Value.I4 & 3u)))
            {
                scoped Cell<ulong> c2 = new(ref input.Value.I1); c2.Add(unchecked((ulong)(1181593460977762347UL)));
                if ((input.Value.I4 is 255)) c2 = new(ref input.Value.I1); c2.Add(unchecked((ulong)((copy.I1 ^ ((nuint)(copy.I8))))));
                Results[7u] += unchecked((ulong)c2.At ^ (ulong)c2.Times);
            }
            if ((((byte)((~checked((byte)(((nuint)6 * ((nuint)(copy.I2)))))))) < (input.Value.I3 = input.Value.I3)))
            {
                Results[3u] += unchecked((ulong)(checked((((nuint)(copy.I2)) - (((nuint)(input.Value.I1)) & (((nuint)(input.Value.I9)) - ((nuint)(copy.I1))))))));
                g4 = ((input.Value.I0 > (-2L)) ^ ((copy.I0 == (-2L)) ^ (input.Value.I2 > 2)));
                g3 &= unchecked((E0)unchecked((uint)(unchecked((-4294967294u)))));
            }
            else if (((unchecked((uint)(((uint)((i0 % ((nuint)(((nuint)(input.Value.I2))) & 7 | 1)))))), unchecked((byte)(((byte)((copy.I0 % input.Value.I10)))))) is (not 31, 8 or 31)))
            {
                byte v3 = ((unchecked((sbyte)((copy.I9 = ((sbyte)((copy.I9 >>> 22)))))), unchecked((byte)(((byte)((((copy.I7 <= copy.I7) ? copy.I5 : (short)12) / copy.I8)))))) switch { (10, _) => unchecked((byte)((byte)8)), (_, 7) => unchecked((byte)(copy.I10)), (var w4, _) => unchecked((byte)((byte)10)) });
            }
        }
        Results[5u] += unchecked((ulong)copy.I0);
        Results[3u] += unchecked((ulong)copy.I1);
        Results[5u] += unchecked((ulong)copy.I2);
        Results[4u] += unchecked((ulong)copy.I3);
        Results[3u] += unchecked((ulong)copy.I4);
        Results[3u] += unchecked((ulong)copy.I5);
        Results[6u] += unchecked((ulong)copy.I6);
        Results[7u] += unchecked((ulong)copy.I7);
        Results[5u] += unchecked((ulong)copy.I8);
        Results[5u] += unchecked((ulong)copy.I9);
        Results[1u] += unchecked((ulong)copy.I10);
        return (XdpAction)(copy.I2);
    }
    ref struct Cell<T>(ref T at) where T : IBinaryInteger<T> { public ref T At = ref at; public int Times; public void Add(T x) { At = unchecked(At + x); Times++; } }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
