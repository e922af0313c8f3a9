using System.Numerics;
using System.Runtime.CompilerServices;
using BpfSharp;
using BpfSharp.Kernel;

namespace Samples;

/// <summary>A thread, as the kernel has it: the members that are used here.</summary>
[KernelType]
public readonly ref struct task_struct : IKernelType
{
    public int pid => Core.Member<int>();
    public int tgid => Core.Member<int>();
    public uint __state => Core.Member<uint>();
    [KernelMember(Kind = KernelMemberKind.Array, Length = 16)] public KernelArray<byte> comm => Core.Member<KernelArray<byte>>();
}

/// <summary>Measures how long threads that could run wait for a processor: a histogram for each process.</summary>
[BpfObject(License = "GPL")]
public partial class RunQueueLatency
{
    public const int SlotCount = 26;
    const uint Running = 0;

    /// <summary>How often it took 1, 2 to 3, 4 to 7, … microseconds.</summary>
    [InlineArray(SlotCount)]
    public struct Slots
    {
        private uint _first;
    }

    public struct Histogram
    {
        public Slots Slots;
        public Comm16 Command;
    }

    [BpfMap(MaxEntries = 10_240)]
    static partial HashMap<uint, ulong> Waiting { get; }

    [BpfMap(MaxEntries = 10_240)]
    static partial HashMap<uint, Histogram> Histograms { get; }

    static readonly uint OnlyPid;   // Set before the load; 0 is all processes.
    static readonly Histogram Empty;

    [BpfProgram(BpfHook.BtfTracepoint, "sched_wakeup")]
    static int Wake(TracingContext ctx, task_struct task)
    {
        Enqueue(task);
        return 0;
    }

    [BpfProgram(BpfHook.BtfTracepoint, "sched_wakeup_new")]
    static int WakeNew(TracingContext ctx, task_struct task)
    {
        Enqueue(task);
        return 0;
    }

    [BpfProgram(BpfHook.BtfTracepoint, "sched_switch")]
    static int Switch(TracingContext ctx, bool preempt, task_struct previous, task_struct next)
    {
        if (previous.__state == Running) Enqueue(previous);     // It was only interrupted.

        uint thread = (uint)next.pid;
        if (!Waiting.TryGetRef(thread, out Ref<ulong> since)) return 0;
        long waited = (long)(Bpf.KtimeNanoseconds - since.Value);
        if (waited >= 0) Count(next, (ulong)waited / 1000);
        Waiting.Remove(thread);
        return 0;
    }

    static void Enqueue(task_struct task)
    {
        if (task.pid == 0 || (OnlyPid != 0 && OnlyPid != (uint)task.tgid)) return;
        Waiting.Set((uint)task.pid, Bpf.KtimeNanoseconds);
    }

    static void Count(task_struct task, ulong microseconds)
    {
        uint process = (uint)task.tgid;
        if (!Histograms.TryGetRef(process, out Ref<Histogram> histogram))
        {
            Histograms.TryAdd(process, Empty);
            if (!Histograms.TryGetRef(process, out histogram)) return;
            task.comm.CopyTo(ref histogram.Value.Command);
        }
        uint slot = Math.Min((uint)BitOperations.Log2(microseconds), SlotCount - 1);
        Interlocked.Increment(ref histogram.Value.Slots[(int)slot]);
    }
}
