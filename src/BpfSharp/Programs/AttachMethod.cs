namespace BpfSharp.Programs;

/// <summary>How programs of a section are attached.</summary>
internal enum AttachMethod
{
    /// <summary>Not by itself: it runs by test run, as a tail call, or in another object.</summary>
    None,
    /// <summary>A tracepoint through a perf event; the target is <c>category/name</c>.</summary>
    Tracepoint,
    /// <summary>A raw tracepoint; the target is its name.</summary>
    RawTracepoint,
    /// <summary>A kernel function's entry through a perf event.</summary>
    Kprobe,
    /// <summary>A kernel function's return through a perf event.</summary>
    Kretprobe,
    /// <summary>Many kernel functions' entries (kernel 5.18).</summary>
    KprobeMulti,
    /// <summary>Many kernel functions' returns (kernel 5.18).</summary>
    KretprobeMulti,
    /// <summary>A user function's entry through a perf event.</summary>
    Uprobe,
    /// <summary>A user function's return through a perf event.</summary>
    Uretprobe,
    /// <summary>Many user functions' entries (kernel 6.6).</summary>
    UprobeMulti,
    /// <summary>Many user functions' returns (kernel 6.6).</summary>
    UretprobeMulti,
    /// <summary>A perf event that the caller describes.</summary>
    PerfEvent,
    /// <summary>fentry, fexit, fmod_ret, tp_btf and LSM: the target was named at load.</summary>
    Tracing,
    /// <summary>A BPF iterator.</summary>
    Iterator,
    /// <summary>A network interface's XDP hook.</summary>
    Xdp,
    /// <summary>A network interface's tc hook (tcx, kernel 6.6).</summary>
    Tcx,
    /// <summary>A netkit interface (kernel 6.7).</summary>
    Netkit,
    /// <summary>A control group.</summary>
    Cgroup,
    /// <summary>A network namespace.</summary>
    NetworkNamespace,
    /// <summary>A sock map or sock hash.</summary>
    SockMap,
    /// <summary>A netfilter hook (kernel 6.4).</summary>
    Netfilter,
    /// <summary>A socket, by <c>SO_ATTACH_BPF</c>.</summary>
    Socket,
    /// <summary>A table of functions, which is attached as a whole.</summary>
    StructOps,
    /// <summary>A route, which is made for it.</summary>
    Route,
    /// <summary>An infrared device, by <c>BPF_PROG_ATTACH</c>.</summary>
    Lirc,
}
