using BpfSharp.Kernel;

namespace BpfSharp.KernelTests.KernelTypes;

/// <summary>What a program saw of a file that this process opened.</summary>
internal struct FileSeen
{
    public ulong Inode;
    public uint Flags;
    public uint NameLength;
    public int Result;
    public int Calls;
    public Arguments Name;
}

/// <summary>The security hook of opening files, by every hook whose arguments the kernel declares.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class TypedHooks
{
    internal static readonly uint Process;
    internal static readonly ulong Inode;
    internal static FileSeen entry;
    internal static FileSeen exit;

    [BpfProgram(BpfHook.Fentry, "security_file_open")]
    static int Enter(TracingContext ctx, @file opened)
    {
        if (Bpf.CurrentProcessId == Process && opened.f_inode.i_ino == Inode) Seen.Fill(ref entry, opened, 0);
        return 0;
    }

    [BpfProgram(BpfHook.Fexit, "security_file_open")]
    static int Leave(TracingContext ctx, @file opened, int result)
    {
        if (Bpf.CurrentProcessId == Process && opened.f_inode.i_ino == Inode) Seen.Fill(ref exit, opened, result);
        return 0;
    }
}

/// <summary>The same function by probes, which hand over registers.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class ProbeHooks
{
    internal static readonly uint Process;
    internal static readonly ulong Inode;
    internal static FileSeen entry;
    internal static int results;
    internal static int lastResult;
    internal static int descriptor;
    internal static int flags;
    internal static Arguments path;
    internal static int opened;

    [BpfProgram(BpfHook.Kprobe, "security_file_open")]
    static int Enter(KprobeContext ctx, @file file)
    {
        if (Bpf.CurrentProcessId == Process && file.f_inode.i_ino == Inode) Seen.Fill(ref entry, file, 0);
        return 0;
    }

    [BpfProgram(BpfHook.Kretprobe, "security_file_open")]
    static int Leave(KprobeContext ctx, int result)
    {
        if (Bpf.CurrentProcessId != Process) return 0;
        results++;
        lastResult = result;
        return 0;
    }

    [BpfProgram(BpfHook.Ksyscall, "openat")]
    static int OpenAt(KprobeContext ctx, int at, UserPointer<byte> name, int how, ushort mode)
    {
        if (Bpf.CurrentProcessId != Process) return 0;
        descriptor = at;
        flags = how;
        name.CopyTo(ref path);
        return 0;
    }

    [BpfProgram(BpfHook.Kretsyscall, "openat")]
    static int Opened(KprobeContext ctx, int result)
    {
        if (Bpf.CurrentProcessId == Process) opened = result;
        return 0;
    }
}

/// <summary>A function of the C library.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class UserHooks
{
    internal static readonly uint Process;
    internal static Arguments name;
    internal static Arguments value;
    internal static int overwrite;
    internal static int calls;
    internal static int result;

    [BpfProgram(BpfHook.Uprobe, "libc.so.6:setenv")]
    static int Enter(KprobeContext ctx, UserPointer<byte> variable, UserPointer<byte> text, int replaces)
    {
        if (Bpf.CurrentProcessId != Process) return 0;
        variable.CopyTo(ref name);
        text.CopyTo(ref value);
        overwrite = replaces;
        calls++;
        return 0;
    }

    [BpfProgram(BpfHook.Uretprobe, "libc.so.6:setenv")]
    static int Leave(KprobeContext ctx, int returned)
    {
        if (Bpf.CurrentProcessId == Process) result = returned - 1;
        return 0;
    }
}

/// <summary>Structs that a process passes: kernel types, in user memory.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class UserStructs
{
    internal static readonly uint Process;
    internal static ulong first;
    internal static ulong last;
    internal static byte letter;
    internal static Arguments text;
    internal static ushort family;
    internal static Arguments path;
    internal static byte pathLetter;
    internal static int calls;

    [BpfProgram(BpfHook.Uprobe, "libc.so.6:writev")]
    static int Write(KprobeContext ctx, int descriptor, UserPointer<iovec> vectors, int count)
    {
        if (Bpf.CurrentProcessId != Process || descriptor != -1) return 0;
        first = vectors.Value.iov_len;
        last = vectors[count - 1].iov_len;
        letter = vectors.Value.iov_base[1];
        vectors[count - 1].iov_base.CopyTo(ref text);
        calls++;
        return 0;
    }

    [BpfProgram(BpfHook.Uprobe, "libc.so.6:bind")]
    static int Bind(KprobeContext ctx, int descriptor, UserPointer<sockaddr_un> address, uint length)
    {
        if (Bpf.CurrentProcessId != Process || descriptor != -1) return 0;
        family = address.Value.sun_family;
        address.Value.sun_path.CopyTo(ref path);
        pathLetter = address.Value.sun_path[(int)length - 3];
        calls++;
        return 0;
    }
}

/// <summary>A security hook that refuses one file.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class SecurityHooks
{
    internal static readonly uint Process;
    internal static readonly ulong Inode;

    [BpfProgram(BpfHook.Lsm, "file_open")]
    static int Refuse(TracingContext ctx, @file opened, int result)
    {
        if (result != 0) return result;
        return Bpf.CurrentProcessId == Process && opened.f_inode.i_ino == Inode ? -13 : 0;
    }
}

/// <summary>Tracepoints with typed arguments, and an iterator.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class TaskHooks
{
    internal static readonly uint Process;
    internal static int threads;
    internal static int execs;
    internal static int rawExecs;
    internal static int parent;
    internal static int rawParent;
    internal static Arguments program;
    internal static Arguments rawProgram;
    internal static Comm16 name;

    [BpfProgram(BpfHook.Iterator, "task")]
    static int Count(IteratorContext ctx, bpf_iter__task it)
    {
        task_struct task = it.task;
        if (!task.IsNull && (uint)task.tgid == Process) threads++;
        return 0;
    }

    [BpfProgram(BpfHook.BtfTracepoint, "sched_process_exec")]
    static int Executed(TracingContext ctx, task_struct task, int old, linux_binprm binary)
    {
        if ((uint)task.real_parent.tgid != Process) return 0;
        execs++;
        parent = task.real_parent.tgid;
        binary.filename.CopyTo(ref program);
        task.comm.CopyTo(ref name);
        return 0;
    }

    [BpfProgram(BpfHook.RawTracepoint, "sched_process_exec")]
    static int RawExecuted(RawTracepointContext ctx, task_struct task, int old, linux_binprm binary)
    {
        if ((uint)task.real_parent.tgid != Process) return 0;
        rawExecs++;
        rawParent = task.real_parent.tgid;
        binary.filename.CopyTo(ref rawProgram);
        return 0;
    }
}

/// <summary>What the programs have in common.</summary>
internal static class Seen
{
    internal static void Fill(ref FileSeen seen, @file opened, int result)
    {
        seen.Calls++;
        seen.Inode = opened.f_inode.i_ino;
        seen.Flags = opened.f_flags;
        seen.Result = result;
        dentry entry = opened.f_path.dentry;
        seen.NameLength = entry.d_name.len;
        entry.d_name.name.CopyTo(ref seen.Name);
    }
}
