using BpfSharp.Kernel;

namespace BpfSharp.Benchmarks.Programs;

/// <summary>Counts system calls per process; <c>syscount.bpf.c</c> is its peer.</summary>
[BpfObject(License = "GPL")]
public partial class SyscallCounter
{
    [BpfMap(MaxEntries = 10_240)]
    static partial HashMap<uint, ulong> Counts { get; }

    [BpfProgram(BpfHook.Tracepoint, "raw_syscalls/sys_enter")]
    static int Count(TracepointContext<SysEnter> ctx)
    {
        uint pid = Bpf.CurrentProcessId;
        if (Counts.TryGetRef(pid, out Ref<ulong> count)) Interlocked.Increment(ref count.Value);
        else Counts.TryAdd(pid, 1);
        return 0;
    }
}
