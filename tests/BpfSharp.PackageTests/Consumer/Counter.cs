using BpfSharp;
using BpfSharp.Kernel;

namespace Consumer;

/// <summary>Counts system calls: all calls of each process, and the calls with one number of one process.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class Counter
{
    [BpfMap(MaxEntries = 10_240)]
    private static partial HashMap<uint, ulong> Counts { get; }

    private static ulong dropped;
    private static ulong matching;
    private static readonly uint OnlyPid;
    private static readonly long Number = -1;

    [BpfProgram(BpfHook.Tracepoint, "raw_syscalls/sys_enter")]
    private static int Count(TracepointContext<SysEnter> ctx)
    {
        uint pid = Bpf.CurrentProcessId;
        if (OnlyPid != 0 && pid != OnlyPid) return 0;
        if (ctx.Record.Id == Number) Interlocked.Increment(ref matching);
        if (Counts.TryGetRef(pid, out Ref<ulong> count))
            Interlocked.Increment(ref count.Value);
        else if (!Counts.TryAdd(pid, 1))
            dropped++;
        return 0;
    }
}
