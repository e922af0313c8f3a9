using BpfSharp.Kernel;

// Kernel structs have the kernel's names and are declared with the members that the tests read.
#pragma warning disable IDE1006, CS8981, CA1707, CA1712, CA1716
namespace BpfSharp.KernelTests.KernelTypes.Bits;

/// <summary>What the programs read of the current task.</summary>
internal struct BitAnswer
{
    public ulong Started;
    public int ThreadId;
    public uint Mode;
    public uint OnQueue;
    public uint ResetOnFork;
}

/// <summary>Reads members that are ordinary in every kernel, of each size, and one that is a bit field in every kernel, all declared as bit fields.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class BitPrograms
{
    [BpfProgram(BpfHook.Syscall)]
    static int Known(SyscallContext<BitAnswer> ctx)
    {
        Fill(ref ctx.Value, task_struct.Current);
        return 0;
    }

    [BpfProgram(BpfHook.Syscall)]
    static int Unknown(SyscallContext<BitAnswer> ctx)
    {
        Fill(ref ctx.Value, task_struct.Current.Pointer.As<task_struct>());
        return 0;
    }

    private static void Fill(ref BitAnswer a, task_struct task)
    {
        a.Started = task.start_boottime;
        a.ThreadId = task.pid;
        a.Mode = task.mm.exe_file.f_inode.i_mode;
        a.OnQueue = task.se.on_rq;
        a.ResetOnFork = task.sched_reset_on_fork;
    }
}

[KernelType]
internal readonly ref struct task_struct : IKernelType
{
    [KernelMember(BitWidth = 7)]
    public int pid => Core.Member<int>();

    [KernelMember(BitWidth = 63)]
    public ulong start_boottime => Core.Member<ulong>();

    [KernelMember(BitWidth = 1)]
    public uint sched_reset_on_fork => Core.Member<uint>();

    [KernelMember(Kind = KernelMemberKind.Embedded)]
    public sched_entity se => Core.Member<sched_entity>();

    [KernelMember(Kind = KernelMemberKind.Pointer)]
    public mm_struct mm => Core.Member<mm_struct>();

    public static task_struct Current => Core.Member<task_struct>();
}

[KernelType]
internal readonly ref struct sched_entity : IKernelType
{
    /// <summary>Four bytes in older kernels, one in newer ones.</summary>
    [KernelMember(BitWidth = 1)]
    public uint on_rq => Core.Member<uint>();
}

[KernelType]
internal readonly ref struct mm_struct : IKernelType
{
    [KernelMember(Kind = KernelMemberKind.Pointer)]
    public @file exe_file => Core.Member<@file>();
}

[KernelType]
internal readonly ref struct @file : IKernelType
{
    [KernelMember(Kind = KernelMemberKind.Pointer)]
    public inode f_inode => Core.Member<inode>();
}

[KernelType]
internal readonly ref struct inode : IKernelType
{
    [KernelMember(BitWidth = 3)]
    public ushort i_mode => Core.Member<ushort>();
}
