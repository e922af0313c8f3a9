using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfSharp.Kernel;

#pragma warning disable CS0649 // Set by user space.
namespace BpfSharp.KernelTests.Everyday;

/// <summary>Conditional refs between maps, refs in structs, loops with refs.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class Refs
{
    public struct Entry { public ulong Count, Sum; public uint Next; }
    [BpfMap(MaxEntries = 128)] static partial ArrayMap<Entry> Table { get; }
    [BpfMap(MaxEntries = 128)] static partial HashMap<uint, Entry> Overflow { get; }
    static Entry spare;
    ref struct Cursor { public ref Entry Entry; public uint Index; }
    [BpfProgram(BpfHook.Xdp)]
    static XdpAction Chain(XdpContext ctx)
    {
        uint key = ctx.ReceiveQueue;
        ref Entry e = ref spare;
        if (key < 128) e = ref Table[key];
        else if (Overflow.TryGetRef(key, out Ref<Entry> found)) e = ref found.Value;
        e.Count++;
        Cursor cursor = new() { Entry = ref Table[0], Index = 0 };
        for (int i = 0; i < 16; i++)
        {
            cursor.Entry.Sum += (uint)i;
            uint next = cursor.Entry.Next;
            if (next == 0 || next >= 128) break;
            cursor.Index = next;
            cursor.Entry = ref Table[next];
        }
        return cursor.Entry.Sum > 1000 ? XdpAction.Drop : XdpAction.Pass;
    }
}

/// <summary>Bpf.Loop over state with a struct, nested calls and map access in the body.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class Loops2
{
    public struct State { public ulong Hash; public uint Found; public int Budget; }
    [BpfMap(MaxEntries = 1024)] static partial HashMap<ulong, uint> Known { get; }
    static ulong visited;
    static ulong Mix(ulong x) { x ^= x >> 33; x *= 0xff51afd7ed558ccd; x ^= x >> 33; return x; }
    [BpfProgram(BpfHook.Tracepoint, "raw_syscalls/sys_enter")]
    static int Enter(TracepointContext<SysEnter> ctx)
    {
        State state = new() { Hash = (ulong)ctx.Record.Id, Budget = 100 };
        Bpf.Loop(1 << 10, ref state, static (i, ref s) =>
        {
            s.Hash = Mix(s.Hash + i);
            if (Known.TryGetValue(s.Hash & 1023, out uint weight)) { s.Found += weight; s.Budget -= (int)weight; }
            Interlocked.Increment(ref visited);
            return s.Budget > 0;
        });
        foreach (uint i in Bpf.Range(state.Found & 255))
        {
            if (Known.TryGetRef(i, out Ref<uint> w)) w.Value++;
            else if (i > 200) break;
        }
        return 0;
    }
}

/// <summary>Large struct via scratch, copies, nested inline arrays, generic container.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class Big
{
    [InlineArray(16)] public struct Arr<T> where T : unmanaged { private T _e; }
    public struct Sample { public ulong Time; public int Cpu; public Arr<byte> Tag; }
    public struct Window
    {
        public Arr<Sample> Samples; public int Head; public int Count;
        public void Push(in Sample s) { Samples[Head & 15] = s; Head++; if (Count < 16) Count++; }
        public readonly ulong Span() => Count == 0 ? 0 : Samples[(Head - 1) & 15].Time - Samples[(Head - Count) & 15].Time;
    }
    [BpfMap(MaxEntries = 1)] static partial PerCpuArray<Window> Windows { get; }
    static ulong longest;
    [BpfProgram(BpfHook.RawTracepoint, "sched_switch")]
    static int Switch(RawTracepointContext ctx)
    {
        ref Window w = ref Windows[0];
        Sample s = new() { Time = Bpf.KtimeNanoseconds, Cpu = (int)Bpf.ProcessorId };
        "switch"u8.CopyTo(s.Tag);
        w.Push(s);
        ulong span = w.Span();
        if (span > longest) longest = span;
        return 0;
    }
}

/// <summary>Many functions with NoInlining, struct args, ref struct param, recursion-free tree.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class Calls2
{
    public struct Vec { public long X, Y, Z; public static Vec operator +(in Vec a, in Vec b) => new() { X = a.X + b.X, Y = a.Y + b.Y, Z = a.Z + b.Z }; }
    [BpfMap(MaxEntries = 8)] static partial ArrayMap<Vec> Vecs { get; }
    [MethodImpl(MethodImplOptions.NoInlining)] static Vec Scale(in Vec v, long k) => new() { X = v.X * k, Y = v.Y * k, Z = v.Z * k };
    [MethodImpl(MethodImplOptions.NoInlining)] static void Accumulate(ref Vec into, Vec v) => into += Scale(v, 3);
    [MethodImpl(MethodImplOptions.NoInlining)] static bool TryNorm(in Vec v, out ulong norm) { norm = (ulong)(v.X * v.X + v.Y * v.Y + v.Z * v.Z); return norm != 0; }
    [BpfProgram(BpfHook.Xdp)]
    static XdpAction Run(XdpContext ctx)
    {
        Vec sum = default;
        for (uint i = 0; i < 8; i++) Accumulate(ref sum, Vecs[i]);
        if (!TryNorm(sum, out ulong n)) return XdpAction.Pass;
        ref Vec target = ref Vecs[(uint)(n & 7)];
        Accumulate(ref target, new Vec { X = 1 });
        return n % 3 == 0 ? XdpAction.Drop : XdpAction.Pass;
    }
}
