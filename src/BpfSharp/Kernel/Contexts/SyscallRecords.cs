using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BpfSharp.Kernel;

/// <summary>The fields that every tracepoint record begins with (<c>struct trace_entry</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct TraceEntry
{
    /// <summary>The tracepoint's number.</summary>
    public ushort Type;

    /// <summary>Flags of the interrupt state.</summary>
    public byte Flags;

    /// <summary>How deep preemption is disabled.</summary>
    public byte PreemptCount;

    /// <summary>The thread, which the kernel calls pid.</summary>
    public int ThreadId;
}

/// <summary>Six arguments of a system call, the first at index 0.</summary>
[InlineArray(6)]
public struct SyscallArguments
{
    private ulong _first;
}

/// <summary>The record of <c>raw_syscalls/sys_enter</c> and of <c>syscalls/sys_enter_NAME</c>: a system call begins.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SysEnter
{
    /// <summary>The common fields.</summary>
    public TraceEntry Entry;

    /// <summary>The system call's number.</summary>
    public long Id;

    /// <summary>Its arguments.</summary>
    public SyscallArguments Arguments;
}

/// <summary>The record of <c>raw_syscalls/sys_exit</c> and of <c>syscalls/sys_exit_NAME</c>: a system call ended.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SysExit
{
    /// <summary>The common fields.</summary>
    public TraceEntry Entry;

    /// <summary>The system call's number.</summary>
    public long Id;

    /// <summary>What it returned: a negative error number if it failed.</summary>
    public long Result;
}
