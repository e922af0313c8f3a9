namespace BpfSharp;

/// <summary>Where in the kernel a program runs. Each stands for a program type and an attach type of the kernel.</summary>
public enum BpfHook
{
    /// <summary>A stable tracepoint; the target is <c>category/name</c> (<c>BPF_PROG_TYPE_TRACEPOINT</c>).</summary>
    Tracepoint,

    /// <summary>A tracepoint with its raw arguments; the target is its name (<c>BPF_PROG_TYPE_RAW_TRACEPOINT</c>).</summary>
    RawTracepoint,

    /// <summary>The entry of a kernel function; the target is its name (<c>BPF_PROG_TYPE_KPROBE</c>).</summary>
    Kprobe,

    /// <summary>The return of a kernel function; the target is its name (<c>BPF_PROG_TYPE_KPROBE</c>).</summary>
    Kretprobe,

    /// <summary>A sample of a performance counter (<c>BPF_PROG_TYPE_PERF_EVENT</c>).</summary>
    PerfEvent,

    /// <summary>A packet that a network driver received (<c>BPF_PROG_TYPE_XDP</c>).</summary>
    Xdp,

    /// <summary>A packet in traffic control (<c>BPF_PROG_TYPE_SCHED_CLS</c>).</summary>
    Tc,

    /// <summary>A packet that a socket receives (<c>BPF_PROG_TYPE_SOCKET_FILTER</c>).</summary>
    SocketFilter,

    /// <summary>A program that user space runs itself (<c>BPF_PROG_TYPE_SYSCALL</c>, kernel 5.14).</summary>
    Syscall,
}
