using System.Runtime.CompilerServices;
using BpfSharp.Kernel;

namespace BpfSharp.KernelTests.KernelTypes;

[InlineArray(64)]
internal struct Arguments
{
    private byte _first;
}

/// <summary>What the programs read of the current task; user space sets <see cref="Descriptor"/> and <see cref="Resource"/>.</summary>
internal struct TaskAnswer
{
    public int Descriptor;
    public int Resource;
    public int ProcessId;
    public int ThreadId;
    public int ParentId;
    public int Depth;
    public uint UserId;
    public uint ResetOnFork;
    public uint State;
    public int CommLength;
    public ulong Limit;
    public ulong FirstLimit;
    public ulong Inode;
    public uint OpenFlags;
    public uint Mode;
    public Comm16 Comm;
    public Comm16 ParentComm;
    public Arguments CommandLine;
    public byte FirstLetter;
    public byte LetterAt;
    public byte LeaderIsSelf;
}

/// <summary>Answers of the loader.</summary>
internal struct CoreAnswer
{
    public int TaskExists;
    public int StructMissing;
    public int MemberMissing;
    public int ValueMissing;
    public int Hash;
    public int RingBuffer;
    public int TaskSize;
    public int CommSize;
    public int CommOffset;
    public int PidOffset;
    public int PidSigned;
    public int ModeSigned;
    public int Matches;
    public uint TaskId;
}

/// <summary>Reads of the current task: through pointers that the verifier knows, and through the same addresses as numbers.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class TaskPrograms
{
    [BpfProgram(BpfHook.Syscall)]
    static int Known(SyscallContext<TaskAnswer> ctx)
    {
        Fill(ref ctx.Value, task_struct.Current);
        return 0;
    }

    [BpfProgram(BpfHook.Syscall)]
    static int Unknown(SyscallContext<TaskAnswer> ctx)
    {
        Fill(ref ctx.Value, task_struct.Current.Pointer.As<task_struct>());
        return 0;
    }

    [BpfProgram(BpfHook.Syscall)]
    static int Ask(SyscallContext<CoreAnswer> ctx)
    {
        ref CoreAnswer a = ref ctx.Value;
        task_struct task = task_struct.Current;
        a.TaskExists = Core.Exists<task_struct>() ? 1 : 0;
        a.StructMissing = Core.Exists<no_such_struct>() ? 0 : 1;
        a.MemberMissing = Core.Exists(task.not_there) ? 0 : 1;
        a.ValueMissing = Core.Exists(bpf_map_type.BPF_MAP_TYPE_NOT_THERE) ? 0 : Core.Exists(bpf_map_type.BPF_MAP_TYPE_HASH) ? 1 : 2;
        a.Hash = (int)Core.Value(bpf_map_type.BPF_MAP_TYPE_HASH);
        a.RingBuffer = (int)Core.Value(bpf_map_type.BPF_MAP_TYPE_RINGBUF);
        a.TaskSize = Core.SizeOf<task_struct>();
        a.CommSize = Core.SizeOf(task.comm);
        a.CommOffset = Core.OffsetOf(task.comm);
        a.PidOffset = Core.OffsetOf(task.pid);
        a.PidSigned = Core.IsSigned(task.pid) ? 1 : 0;
        a.ModeSigned = Core.IsSigned(task.files.fdt.fd.Value.Value.f_inode.i_mode) ? 1 : 0;
        a.Matches = (Core.Matches<rlimit>() ? 1 : 0) | (Core.Matches<no_such_struct>() ? 2 : 0);
        a.TaskId = Core.TypeId<task_struct>();
        // Never run, and loaded all the same: neither the member nor the struct is there.
        if (Core.Exists(task.not_there)) a.TaskSize += (int)task.not_there;
        if (Core.Exists<no_such_struct>()) a.TaskSize += task.Pointer.As<no_such_struct>().member;
        return 0;
    }

    private static void Fill(ref TaskAnswer a, task_struct task)
    {
        a.ProcessId = task.tgid;
        a.ThreadId = task.pid;
        a.ParentId = task.real_parent.tgid;
        kuid_t user = task.cred.euid;
        a.UserId = user.val == task.cred.euid.val ? user.val : uint.MaxValue;
        a.ResetOnFork = task.sched_reset_on_fork;
        a.State = Core.Exists(task.__state) ? task.__state : (uint)task.Pointer.As<task_struct___old>().state;
        a.CommLength = task.comm.CopyTo(ref a.Comm);
        // The parent is the thread that made this process; its leader has the process's name.
        task.real_parent.group_leader.comm.CopyBytesTo(ref a.ParentComm);
        a.FirstLetter = task.comm[0];
        a.LetterAt = task.comm[a.Resource & 15];
        a.FirstLimit = task.signal.rlim[7].rlim_cur;
        a.Limit = task.signal.rlim[a.Resource].rlim_cur;
        @file opened = task.files.fdt.fd[a.Descriptor].Value;
        a.Inode = opened.f_inode.i_ino;
        a.OpenFlags = opened.f_flags;
        a.Mode = opened.f_inode.i_mode;
        a.LeaderIsSelf = (byte)(task.group_leader.Address == task.Address ? 1 : 0);
        new UserPointer<byte>(task.mm.arg_start).CopyTo(ref a.CommandLine);

        // Up to the first process, whose parent is the idle task.
        int depth = 0;
        task_struct ancestor = task.group_leader;
        for (int i = 0; i < 24; i++)
        {
            if (ancestor.IsNull || ancestor.pid <= 1) break;
            ancestor = ancestor.real_parent.group_leader;
            depth++;
        }
        a.Depth = depth;
    }
}
