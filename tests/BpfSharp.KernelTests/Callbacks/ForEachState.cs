// What a callback leaves for the next call, or for the code behind: kernels before 6.7 look at a callback once, and removed what runs only after another call (the sum was another).
[BpfObject(License = "GPL")]
public partial class ForEachState
{
    public struct State { public int Count; public int Mode; public uint Last; }
    [BpfMap(MaxEntries = 16)] public static partial ArrayMap<uint> Numbers { get; }
    [BpfMap(MaxEntries = 16)] public static partial HashMap<uint, uint> None { get; }
    public static uint g0, g1;

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        State state = default;
        state.Last = 9;
        Numbers.ForEach(ref state, static (in uint key, ref uint value, ref State s) =>
        {
            if (s.Count > 5) value += 7;
            if (s.Mode == 2) s.Last = key;
            if (s.Mode == 1) s.Mode = 2;
            if (key == 3) s.Mode = 1;
            s.Count++;
            return true;
        });
        State other = default;
        None.ForEach(ref other, static (in uint key, ref uint value, ref State s) => { s.Mode = 3; s.Count = 1; return true; });
        if (other.Mode == 0) g1 = 77;
        g0 = (uint)state.Count;
        uint total = 0;
        Bpf.Loop(20, ref total, static (uint i, ref uint t) => { if (t > 100) t += 1000; t += i; return true; });
        return (XdpAction)(total + state.Last * 65536u + (uint)other.Count);
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
