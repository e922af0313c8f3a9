using BpfSharp;
using BpfSharp.Kernel;

namespace Consumer;

/// <summary>Reads kernel structs of the package BpfSharp.KernelTypes.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class Family
{
    private static int parent;
    private static int state;

    [BpfProgram(BpfHook.RawTracepoint, "sys_enter")]
    private static int Look(RawTracepointContext ctx)
    {
        task_struct task = task_struct.Current;
        parent = task.real_parent.tgid;
        // Only newer kernels call it so.
        state = Core.Exists(task.__state) ? (int)task.__state : -1;
        return 0;
    }
}
