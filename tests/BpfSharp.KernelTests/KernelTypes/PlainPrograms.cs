using BpfSharp.Kernel;

#pragma warning disable IDE1006, CS8981
namespace BpfSharp.KernelTests.KernelTypes.Plain;

/// <summary>Declares a bit field as if it were none.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class PlainPrograms
{
    [BpfProgram(BpfHook.Syscall)]
    static int Read(SyscallContext<CoreAnswer> ctx)
    {
        ctx.Value.TaskSize = (int)task_struct.Current.sched_reset_on_fork; // Line 13: the test expects it here.
        return 0;
    }
}

[KernelType]
internal readonly ref struct task_struct : IKernelType
{
    public uint sched_reset_on_fork => Core.Member<uint>();

    public static task_struct Current => Core.Member<task_struct>();
}
