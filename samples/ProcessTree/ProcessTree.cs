using System.Runtime.CompilerServices;
using BpfSharp;
using BpfSharp.Kernel;

namespace Samples;

/// <summary>The path of a program: up to 127 bytes and a zero.</summary>
[InlineArray(128)]
internal struct PathBytes
{
    private byte _first;
}

/// <summary>A process: its id and name.</summary>
internal struct Ancestor
{
    public int ProcessId;
    public Comm16 Name;
}

/// <summary>A process and those that it comes from, the nearest first.</summary>
[InlineArray(ProcessTree.MaximumDepth)]
internal struct Ancestors
{
    private Ancestor _first;
}

/// <summary>A program was started.</summary>
internal struct Started
{
    public int ProcessId;
    public int Depth;
    public Comm16 Name;
    public PathBytes Path;
    public Ancestors Ancestors;
}

/// <summary>Tells of each program that is started, with all processes above it: read from the kernel's own structs, on whatever kernel runs.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class ProcessTree
{
    /// <summary>Processes further up are left out.</summary>
    public const int MaximumDepth = 16;

    [BpfMap(MaxEntries = 1 << 18)]
    static partial RingBuffer<Started> Events { get; }

    static ulong missed;

    [BpfProgram(BpfHook.BtfTracepoint, "sched_process_exec")]
    static int Execute(TracingContext ctx, task_struct task, int oldId, linux_binprm binary)
    {
        if (!Events.TryReserve(out Reservation<Started> e))
        {
            Interlocked.Increment(ref missed);
            return 0;
        }
        e.Value.ProcessId = task.tgid;
        task.comm.CopyTo(ref e.Value.Name);
        binary.filename.CopyTo(ref e.Value.Path);

        int depth = 0;
        for (int i = 0; i < MaximumDepth; i++)
        {
            // The parent is the thread that made the process; the thread group's leader stands for its process.
            task = task.real_parent.group_leader;
            if (task.tgid == 0) break;
            e.Value.Ancestors[i].ProcessId = task.tgid;
            task.comm.CopyTo(ref e.Value.Ancestors[i].Name);
            depth++;
        }
        e.Value.Depth = depth;
        e.Submit();
        return 0;
    }
}
