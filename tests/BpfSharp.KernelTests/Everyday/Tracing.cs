using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfSharp.Kernel;

#pragma warning disable CS0649 // Set by user space.
namespace BpfSharp.KernelTests.Everyday;

/// <summary>Command filter and argv.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class Commands
{
    [InlineArray(64)] public struct Text { private byte _e; }
    public struct Exec { public uint Pid; public Comm16 Command; public Text Path; public byte Kind; }
    [BpfMap(MaxEntries = 1 << 16)] static partial RingBuffer<Exec> Events { get; }
    [BpfMap(MaxEntries = 1)] static partial PerCpuArray<Exec> Scratch { get; }
    static ulong shells;
    [BpfProgram(BpfHook.Tracepoint, "syscalls/sys_enter_execve")]
    static int Enter(TracepointContext<SysEnter> ctx)
    {
        ref Exec e = ref Scratch[0];
        e = default;
        e.Pid = Bpf.CurrentProcessId;
        Bpf.CurrentCommand(out e.Command);
        int n = Bpf.ReadUserString(ctx.Record.Arguments[0], e.Path);
        if (n <= 1) return 0;
        ReadOnlySpan<byte> path = e.Path;
        ReadOnlySpan<byte> text = path[..Math.Min(n - 1, 63)];
        if (text.EndsWith("sh"u8)) { shells++; e.Kind = 1; }
        else if (text.StartsWith("/usr/"u8)) e.Kind = 2;
        ReadOnlySpan<byte> command = e.Command;
        if (command.StartsWith("bash"u8)) e.Kind |= 128;
        Events.Output(e);
        return 0;
    }
}

/// <summary>Histogram log2 with generics.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class Latency
{
    public interface IBucket { static abstract int Of(ulong value); }
    public readonly struct Log2 : IBucket { public static int Of(ulong value) => value == 0 ? 0 : 63 - BitOperations.LeadingZeroCount(value); }
    public readonly struct Linear : IBucket { public static int Of(ulong value) => (int)Math.Min(value / 1000, 63); }
    [InlineArray(64)] public struct Slots { private ulong _e; }
    public struct Start { public ulong Time; public int Id; }
    [BpfMap(MaxEntries = 10240)] static partial HashMap<uint, Start> Starts { get; }
    [BpfMap(MaxEntries = 2)] static partial PerCpuArray<Slots> Histograms { get; }
    static void Add<T>(uint which, ulong value) where T : struct, IBucket => Histograms[which][T.Of(value)]++;
    [BpfProgram(BpfHook.Tracepoint, "raw_syscalls/sys_enter")]
    static int Enter(TracepointContext<SysEnter> ctx)
    {
        Starts.Set(Bpf.CurrentThreadId, new() { Time = Bpf.KtimeNanoseconds, Id = (int)ctx.Record.Id });
        return 0;
    }
    [BpfProgram(BpfHook.Tracepoint, "raw_syscalls/sys_exit")]
    static int Exit(TracepointContext<SysExit> ctx)
    {
        uint id = Bpf.CurrentThreadId;
        if (!Starts.TryGetValue(id, out Start start)) return 0;
        Starts.Remove(id);
        ulong took = Bpf.KtimeNanoseconds - start.Time;
        Add<Log2>(0, took);
        Add<Linear>(1, took / 1000);
        return 0;
    }
}

/// <summary>Ring of last events in a global, sorting network, search.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class Arrays
{
    [InlineArray(32)] struct Ring { private ulong _e; }
    static Ring last; static uint at;
    static ReadOnlySpan<byte> Weights => [1, 3, 5, 7, 11, 13, 17, 19];
    static ulong median, weighted;
    [BpfProgram(BpfHook.Tracepoint, "raw_syscalls/sys_enter")]
    static int Enter(TracepointContext<SysEnter> ctx)
    {
        last[(int)(at++ & 31)] = (ulong)ctx.Record.Id;
        Span<ulong> copy = stackalloc ulong[8];
        for (int i = 0; i < copy.Length; i++) copy[i] = last[(int)((at - 1 - (uint)i) & 31)];
        for (int i = 1; i < 8; i++)
            for (int j = i; j > 0 && copy[j - 1] > copy[j]; j--) (copy[j - 1], copy[j]) = (copy[j], copy[j - 1]);
        median = copy[4];
        ulong sum = 0;
        for (int i = 0; i < 8; i++) sum += copy[i] * Weights[i];
        weighted = sum / (ulong)Weights.Length;
        return 0;
    }
}

/// <summary>Iterating cgroup-ish: raw tracepoint args, bit sets, ref returns.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class Bits
{
    [InlineArray(8)] struct Words { private ulong _e; }
    struct Set
    {
        private Words _w; public bool Add(int i) { ref ulong w = ref Word(ref this, i); ulong m = 1ul << (i & 63); bool had = (w & m) != 0; w |= m; return !had; }
        static ref ulong Word(ref Set s, int i) => ref s._w[(i >> 6) & 7];
        public readonly int Count { get { int n = 0; foreach (ulong w in _w) n += BitOperations.PopCount(w); return n; } }
    }
    static Set seen; static int distinct;
    [BpfProgram(BpfHook.RawTracepoint, "sys_enter")]
    static int Enter(RawTracepointContext ctx)
    {
        int id = (int)ctx.Argument(1);
        if (id is < 0 or >= 512) return 0;
        if (seen.Add(id)) distinct = seen.Count;
        return 0;
    }
}

/// <summary>Checked arithmetic, division, conversions, signed modulo, shifts by variable, nullable.</summary>
[BpfObject(License = "GPL", CountFaults = true)]
internal sealed partial class Maths
{
    static long result; static int last;
    static int? Parse(ReadOnlySpan<byte> digits)
    {
        int value = 0;
        foreach (byte d in digits)
        {
            if (d is < (byte)'0' or > (byte)'9') return value == 0 ? null : value;
            value = checked(value * 10 + (d - '0'));
        }
        return value;
    }
    [BpfProgram(BpfHook.Tracepoint, "raw_syscalls/sys_enter")]
    static int Enter(TracepointContext<SysEnter> ctx)
    {
        Bpf.CurrentCommand(out Comm16 name);
        int? l = Parse(((ReadOnlySpan<byte>)name)[..8]); last = l ?? -7;
        long a = (long)ctx.Record.Arguments[0], b = (long)ctx.Record.Arguments[1];
        result = (a % (b | 1)) + (a << (int)b) - (a >>> 3) + (l ?? -1) + Math.Clamp((int)a, -5, 1000) + (sbyte)a;
        return 0;
    }
}

/// <summary>Events with several ring buffers and using/Dispose/try-finally.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class Scopes
{
    public struct Event { public uint Pid; public ulong Value; }
    [BpfMap(MaxEntries = 1 << 14)] static partial RingBuffer<Event> High { get; }
    [BpfMap(MaxEntries = 1 << 14)] static partial RingBuffer<Event> Low { get; }
    static ulong entered, left;
    ref struct Tracker : IDisposable { public Tracker() => entered++; public void Dispose() => left++; }
    [BpfProgram(BpfHook.Tracepoint, "raw_syscalls/sys_enter")]
    static int Enter(TracepointContext<SysEnter> ctx)
    {
        using Tracker t = new();
        ulong v = ctx.Record.Arguments[2];
        try
        {
            if (v > 1000 ? High.TryReserve(out Reservation<Event> e) : Low.TryReserve(out e))
            {
                e.Value = new Event { Pid = Bpf.CurrentProcessId, Value = 1000 / v };
                if (v == 77) return 1;
                e.Submit(v > 5000 ? RingWakeUp.Force : RingWakeUp.Adaptive);
            }
        }
        finally { left += 10; }
        return 0;
    }
}
