using BpfSharp;
using BpfSharp.Kernel;

namespace Samples;

/// <summary>Counts the system calls of each process, in the kernel.</summary>
[BpfObject(License = "GPL")]
public partial class SyscallCounter
{
    [BpfMap(MaxEntries = 10_240)]
    static partial HashMap<uint, ulong> Counts { get; }

    static ulong dropped;           // Calls of processes for which the map had no room: user space reads it from shared memory.
    static readonly uint OnlyPid;   // Set before the load; 0 counts all processes.

    [BpfProgram(BpfHook.Tracepoint, "raw_syscalls/sys_enter")]
    static int Count(TracepointContext<SysEnter> ctx)
    {
        uint pid = Bpf.CurrentProcessId;
        if (OnlyPid != 0 && pid != OnlyPid) return 0;
        if (Counts.TryGetRef(pid, out Ref<ulong> count))
            Interlocked.Increment(ref count.Value);
        else if (!Counts.TryAdd(pid, 1))
            dropped++;
        return 0;
    }
}
