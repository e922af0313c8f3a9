namespace BpfSharp;

/// <summary>Where in the kernel a program runs. Each stands for a program type and an attach type of the kernel.</summary>
public enum BpfHook
{
    /// <summary>A stable tracepoint; the target is <c>category/name</c> (<c>BPF_PROG_TYPE_TRACEPOINT</c>).</summary>
    Tracepoint,

    /// <summary>A tracepoint with its raw arguments; the target is its name (<c>BPF_PROG_TYPE_RAW_TRACEPOINT</c>).</summary>
    RawTracepoint,

    /// <summary>
    /// A tracepoint that lets programs change what its first argument points to; the target is its name, such as <c>nbd_send_request</c>
    /// (<c>BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE</c>, kernel 5.2).
    /// </summary>
    RawTracepointWritable,

    /// <summary>The entry of a kernel function; the target is its name (<c>BPF_PROG_TYPE_KPROBE</c>).</summary>
    Kprobe,

    /// <summary>The return of a kernel function; the target is its name (<c>BPF_PROG_TYPE_KPROBE</c>).</summary>
    Kretprobe,

    /// <summary>A tracepoint with its arguments as the kernel declares them; the target is its name, that of a module (kernel 5.11) also <c>module:name</c> (<c>BPF_TRACE_RAW_TP</c>, kernel 5.5).</summary>
    BtfTracepoint,

    /// <summary>The entry of a kernel function with its arguments as the kernel declares them; the target is its name, that of a module (kernel 5.11) also <c>module:name</c> (<c>BPF_TRACE_FENTRY</c>, kernel 5.5).</summary>
    Fentry,

    /// <summary>The return of a kernel function, with its arguments and behind them its result; the target is its name, that of a module (kernel 5.11) also <c>module:name</c> (<c>BPF_TRACE_FEXIT</c>, kernel 5.5).</summary>
    Fexit,

    /// <summary>A kernel function whose result the program may replace by an error; the target is its name (<c>BPF_MODIFY_RETURN</c>, kernel 5.7).</summary>
    ModifyReturn,

    /// <summary>A security hook, which the program may refuse; the target is its name without <c>bpf_lsm_</c>, such as <c>file_open</c> (<c>BPF_PROG_TYPE_LSM</c>, kernel 5.7).</summary>
    Lsm,

    /// <summary>All objects of a kind, one after the other, when user space reads; the target is the kind, such as <c>task</c> (<c>BPF_TRACE_ITER</c>, kernel 5.8).</summary>
    Iterator,

    /// <summary>The entry of a function of a program; the target is <c>path:function</c> (<c>BPF_PROG_TYPE_KPROBE</c>).</summary>
    Uprobe,

    /// <summary>The return of a function of a program; the target is <c>path:function</c> (<c>BPF_PROG_TYPE_KPROBE</c>).</summary>
    Uretprobe,

    /// <summary>A static probe (USDT) of a program or library, with its arguments; the target is <c>path:provider:name</c> (<c>BPF_PROG_TYPE_KPROBE</c>).</summary>
    Usdt,

    /// <summary>The entry of a system call, with its arguments; the target is its name, such as <c>unlinkat</c> (<c>BPF_PROG_TYPE_KPROBE</c>).</summary>
    Ksyscall,

    /// <summary>The return of a system call, with its result; the target is its name (<c>BPF_PROG_TYPE_KPROBE</c>).</summary>
    Kretsyscall,

    /// <summary>A sample of a performance counter (<c>BPF_PROG_TYPE_PERF_EVENT</c>).</summary>
    PerfEvent,

    /// <summary>A packet that a network driver received (<c>BPF_PROG_TYPE_XDP</c>).</summary>
    Xdp,

    /// <summary>A packet that was redirected to an interface, before it is sent; the program belongs to an entry of a <c>DevMap</c> (<c>BPF_XDP_DEVMAP</c>, kernel 5.8).</summary>
    XdpDevMap,

    /// <summary>A packet that was redirected to another processor, on that processor; the program belongs to an entry of a <c>CpuMap</c> (<c>BPF_XDP_CPUMAP</c>, kernel 5.9).</summary>
    XdpCpuMap,

    /// <summary>A packet in traffic control (<c>BPF_PROG_TYPE_SCHED_CLS</c>).</summary>
    Tc,

    /// <summary>A packet that came in and takes the route to which the program is attached (<c>BPF_PROG_TYPE_LWT_IN</c>, kernel 4.10).</summary>
    LwtIn,

    /// <summary>A packet of this machine that takes the route to which the program is attached (<c>BPF_PROG_TYPE_LWT_OUT</c>, kernel 4.10).</summary>
    LwtOut,

    /// <summary>A packet that is sent by the route to which the program is attached, which the program may change (<c>BPF_PROG_TYPE_LWT_XMIT</c>, kernel 4.10).</summary>
    LwtXmit,

    /// <summary>A packet that a socket receives (<c>BPF_PROG_TYPE_SOCKET_FILTER</c>).</summary>
    SocketFilter,

    /// <summary>Data that is sent through a socket of a sock map, to which the program is attached (<c>BPF_PROG_TYPE_SK_MSG</c>, kernel 4.17).</summary>
    SkMsg,

    /// <summary>Data that a socket of a sock map received, to which the program is attached (<c>BPF_SK_SKB_STREAM_VERDICT</c>, kernel 4.14; without a parser 5.10).</summary>
    SkSkbVerdict,

    /// <summary>
    /// Where the messages of a TCP stream end, of a socket of a sock map, to which the program is attached beside one of <see cref="SkSkbVerdict"/>: the program returns the length of the next
    /// message, 0 if it needs more to tell (<c>BPF_SK_SKB_STREAM_PARSER</c>, kernel 4.14). Of several messages that came at once, both programs see all the data at each: what is in front of a message
    /// is not taken away.
    /// </summary>
    SkSkbParser,

    /// <summary>What happens to the TCP connections of a control group (<c>BPF_PROG_TYPE_SOCK_OPS</c>, kernel 4.13).</summary>
    SockOps,

    /// <summary>The choice of a socket among those that share a port (<c>BPF_PROG_TYPE_SK_REUSEPORT</c>, kernel 4.19).</summary>
    SkReuseport,

    /// <summary>A program that user space runs itself (<c>BPF_PROG_TYPE_SYSCALL</c>, kernel 5.14).</summary>
    Syscall,
}
