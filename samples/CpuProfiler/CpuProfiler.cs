using BpfSharp;
using BpfSharp.Kernel;

namespace Samples;

/// <summary>Counts how often each call stack is found running: of the kernel and of the process.</summary>
[BpfObject(License = "GPL")]
public partial class CpuProfiler
{
    public struct Sample
    {
        public uint ProcessId;
        public int KernelStack;     // A number in Stacks, or a negative error number: there is none, or no place for it.
        public int UserStack;
        public Comm16 Command;
    }

    [BpfMap(MaxEntries = 16_384)]
    static partial StackTraceMap Stacks { get; }

    [BpfMap(MaxEntries = 10_240)]
    static partial HashMap<Sample, ulong> Counts { get; }

    static readonly uint OnlyPid;   // Set before the load; 0 is all processes.

    [BpfProgram(BpfHook.PerfEvent)]
    static int Take(PerfEventContext ctx)
    {
        if (Bpf.CurrentThreadId == 0) return 0;     // The idle task.
        Sample sample = new() { ProcessId = Bpf.CurrentProcessId };
        if (OnlyPid != 0 && sample.ProcessId != OnlyPid) return 0;
        Bpf.CurrentCommand(out sample.Command);
        sample.KernelStack = Stacks.Capture(ctx);
        sample.UserStack = Stacks.Capture(ctx, StackTraceFlags.User);
        if (Counts.TryGetRef(sample, out Ref<ulong> count)) Interlocked.Increment(ref count.Value);
        else Counts.TryAdd(sample, 1);
        return 0;
    }
}
