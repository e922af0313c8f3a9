using BpfSharp.Kernel;

namespace BpfSharp.KernelTests.KernelTypes;

/// <summary>Reads what no kernel has, without asking first.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class MissingPrograms
{
    [BpfProgram(BpfHook.Syscall)]
    static int Unguarded(SyscallContext<CoreAnswer> ctx)
    {
        task_struct task = task_struct.Current;
        ctx.Value.TaskSize = (int)task.group_leader.not_there; // Line 13: the test expects it here.
        return 0;
    }
}
