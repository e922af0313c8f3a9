using BpfSharp.Kernel;

#pragma warning disable IDE1006, CS8981 // The kernel's names.
namespace BpfSharp.KernelTests.KernelApi;

[KernelType]
internal readonly ref struct task_struct : IKernelType
{
    public int tgid => Core.Member<int>();

    [KernelMember(Kind = KernelMemberKind.Pointer)]
    public task_struct real_parent => Core.Member<task_struct>();

    [KernelMember(Kind = KernelMemberKind.Pointer)]
    public css_set cgroups => Core.Member<css_set>();

    public static task_struct Current => Core.Member<task_struct>();
}

[KernelType]
internal readonly ref struct css_set : IKernelType
{
    [KernelMember(Kind = KernelMemberKind.Pointer)]
    public cgroup dfl_cgrp => Core.Member<cgroup>();
}

[KernelType]
internal readonly ref struct cgroup : IKernelType
{
    public int level => Core.Member<int>();
}

[KernelType]
internal readonly ref struct sock : IKernelType
{
    public int sk_sndbuf => Core.Member<int>();
}

[KernelType]
internal readonly ref struct inode : IKernelType
{
    public ulong i_ino => Core.Member<ulong>();
}

[KernelType]
internal readonly ref struct @file : IKernelType
{
    [KernelMember(Kind = KernelMemberKind.Pointer)]
    public inode f_inode => Core.Member<inode>();
}

/// <summary>Values of tasks: this process's threads count their calls of one system call, and each program that is started gets its parent's number.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class TaskValues
{
    internal static readonly uint Process;
    internal static readonly ulong SystemCall;
    internal static readonly int Forgets;
    internal static ulong last;

    [BpfMap]
    internal static partial TaskStorage<ulong> Calls { get; }

    [BpfMap]
    internal static partial TaskStorage<MapRecord> Started { get; }

    [BpfProgram(BpfHook.BtfTracepoint, "sys_enter")]
    internal static int Enter(TracingContext ctx)
    {
        if (Bpf.CurrentProcessId != Process || ctx.Argument(1) != SystemCall) return 0;
        if (!Calls.TryGetRef(out Ref<ulong> calls) && !Calls.TryGetOrAdd(40, out calls)) return 0;
        calls.Value++;
        last = calls.Value;
        if (last == 43 && Forgets != 0 && !Calls.Remove()) last = 0;
        return 0;
    }

    [BpfProgram(BpfHook.BtfTracepoint, "sched_process_exec")]
    internal static int Executed(TracingContext ctx, task_struct task)
    {
        if ((uint)task.real_parent.tgid != Process) return 0;
        if (Started.TryGetOrAdd(task, new MapRecord { Kind = 5 }, out Ref<MapRecord> started)) started.Value.Value = (ulong)task.real_parent.tgid;
        if (Started.TryGetOrAdd(task.real_parent, out Ref<MapRecord> parent)) parent.Value.Value++;
        Started.Remove(task_struct.Current.real_parent);
        return 0;
    }
}

/// <summary>Values of sockets: how often each changed its state.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class SocketValues
{
    [BpfMap]
    internal static partial SocketStorage<uint> Changes { get; }

    [BpfProgram(BpfHook.BtfTracepoint, "inet_sock_set_state")]
    internal static int Changed(TracingContext ctx, sock sk)
    {
        if (Changes.TryGetOrAdd(sk, out Ref<uint> changes)) changes.Value++;
        return 0;
    }
}

/// <summary>Values of inodes: how often each was opened, but those that were refused.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class InodeValues
{
    internal static readonly uint Process;

    [BpfMap]
    internal static partial InodeStorage<uint> Opened { get; }

    [BpfProgram(BpfHook.Lsm, "file_open")]
    internal static int Count(TracingContext ctx, @file opened, int result)
    {
        if (Bpf.CurrentProcessId == Process && Opened.TryGetOrAdd(opened.f_inode, out Ref<uint> count)) count.Value++;
        return result;
    }
}

/// <summary>Values of control groups, and whether the current task is in some.</summary>
[BpfObject(License = "GPL", MinimumKernel = "6.2")]
internal sealed partial class GroupValues
{
    internal static readonly uint Process;
    internal static readonly ulong SystemCall;

    [BpfMap]
    internal static partial CgroupStorage<ulong> Calls { get; }

    [BpfProgram(BpfHook.BtfTracepoint, "sys_enter")]
    internal static int Enter(TracingContext ctx)
    {
        if (Bpf.CurrentProcessId != Process || ctx.Argument(1) != SystemCall) return 0;
        cgroup group = task_struct.Current.cgroups.dfl_cgrp;
        if (Calls.TryGetOrAdd(group, out Ref<ulong> calls)) calls.Value++;
        return 0;
    }
}

/// <summary>Whether the current task is in control groups.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class GroupQuestions
{
    internal static readonly uint Process;
    internal static readonly ulong SystemCall;
    internal static uint answer;

    [BpfMap(MaxEntries = 3)]
    internal static partial CgroupArray Groups { get; }

    [BpfProgram(BpfHook.BtfTracepoint, "sys_enter")]
    internal static int Enter(TracingContext ctx)
    {
        if (Bpf.CurrentProcessId != Process || ctx.Argument(1) != SystemCall) return 0;
        answer = (Groups.ContainsCurrentTask(0) ? 1u : 0) | (Groups.ContainsCurrentTask(1) ? 2u : 0) | (Groups.ContainsCurrentTask(2) ? 4u : 0) | (Groups.ContainsCurrentTask(99) ? 8u : 0);
        return 0;
    }
}
