using BpfSharp.Kernel;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>A lock in the value of each socket: what it may send is paid from its balance.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class LockedSockets
{
    [BpfMap(MaxEntries = 4)]
    internal static partial SockMap Peers { get; }

    [BpfMap]
    internal static partial SocketStorage<Account> Accounts { get; }

    /// <summary>Sockets that ask for a connection get ten.</summary>
    [BpfProgram(BpfHook.SockOps)]
    internal static int Open(SockOpsContext ctx)
    {
        if (ctx.Operation != SockOperation.ActiveEstablished || !Accounts.TryGetOrAdd(ctx.Socket, new Account { Kind = 7, Balance = 9 }, out Ref<Account> account)) return 1;
        using (account.Value.Lock.Enter()) account.Value.Balance++;
        return 1;
    }

    /// <summary>The lock is free again on all ways out.</summary>
    [BpfProgram(BpfHook.SkMsg)]
    internal static SkAction Pay(SkMsgContext ctx)
    {
        if (!Accounts.TryGetRef(ctx.Socket, out Ref<Account> account)) return SkAction.Pass;
        using SpinLockScope held = account.Value.Lock.Enter();
        account.Value.Changes++;
        if (account.Value.Balance < ctx.Size) return SkAction.Drop;
        account.Value.Balance -= ctx.Size;
        return SkAction.Pass;
    }
}

/// <summary>Locks in the values of control groups and tasks, which all their calls of one system call take.</summary>
[BpfObject(License = "GPL", MinimumKernel = "6.2")]
internal sealed partial class LockedGroups
{
    internal static readonly uint Process;
    internal static readonly ulong SystemCall;
    internal static uint runs;
    internal static uint wrong;

    [BpfMap]
    internal static partial CgroupStorage<Account> Groups { get; }

    [BpfMap]
    internal static partial TaskStorage<Account> Tasks { get; }

    [BpfProgram(BpfHook.BtfTracepoint, "sys_enter")]
    internal static int Enter(TracingContext ctx)
    {
        if (Bpf.CurrentProcessId != Process || ctx.Argument(1) != SystemCall) return 0;
        if (!Groups.TryGetOrAdd(task_struct.Current.cgroups.dfl_cgrp, out Ref<Account> group)) return 0;
        Add(ref group.Value, 3);
        Interlocked.Increment(ref runs);
        if (!Tasks.TryGetOrAdd(out Ref<Account> task)) return 0;
        Add(ref task.Value, 2);
        if (task.Value.Balance != task.Value.Changes * 2L) Interlocked.Increment(ref wrong);
        return 0;
    }

    private static void Add(ref Account account, long amount)
    {
        using (account.Lock.Enter())
        {
            account.Changes++;
            account.Balance += amount;
        }
    }
}

/// <summary>A lock in the values of inodes.</summary>
[BpfObject(License = "GPL", MinimumKernel = "6.1")]
internal sealed partial class LockedInodes
{
    internal static readonly uint Process;

    [BpfMap]
    internal static partial InodeStorage<Account> Opened { get; }

    [BpfProgram(BpfHook.Lsm, "file_open")]
    internal static int Count(TracingContext ctx, @file opened, int result)
    {
        if (Bpf.CurrentProcessId != Process || !Opened.TryGetOrAdd(opened.f_inode, out Ref<Account> account)) return result;
        using (account.Value.Lock.Enter()) account.Value.Changes++;
        return result;
    }
}
