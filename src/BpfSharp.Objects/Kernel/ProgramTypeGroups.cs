using static BpfSharp.Objects.Kernel.ProgramType;
using static BpfSharp.Objects.Kernel.ProgramTypeSet;

namespace BpfSharp.Objects.Kernel;

/// <summary>Groups of program types that the kernel offers the same helpers.</summary>
internal static class ProgramTypeGroups
{
    /// <summary>All but extensions, whose helpers are those of the program they extend.</summary>
    public static readonly ProgramTypeSet Everywhere = Of(
        SocketFilter, Kprobe, SchedCls, SchedAct, Tracepoint, Xdp, PerfEvent, CgroupSkb, CgroupSock, LwtIn, LwtOut, LwtXmit, SockOps, SkSkb,
        CgroupDevice, SkMsg, RawTracepoint, CgroupSockAddr, LwtSeg6Local, LircMode2, SkReuseport, FlowDissector, CgroupSysctl,
        RawTracepointWritable, CgroupSockopt, Tracing, StructOps, Lsm, SkLookup, Syscall, Netfilter);

    /// <summary>The users of <c>bpf_base_func_proto</c>.</summary>
    public static readonly ProgramTypeSet Common = Everywhere.Except(LircMode2);

    /// <summary>Those that may use timers: not those that can run in any context.</summary>
    public static readonly ProgramTypeSet Unlocked = Common.Except(Kprobe, Tracepoint, PerfEvent, RawTracepoint, RawTracepointWritable);

    /// <summary>Those that may use spin locks.</summary>
    public static readonly ProgramTypeSet Locking = Unlocked.Except(SocketFilter);

    /// <summary>The users of <c>bpf_tracing_func_proto</c>.</summary>
    public static readonly ProgramTypeSet TracingTypes =
        Of(Kprobe, Tracepoint, PerfEvent, RawTracepoint, RawTracepointWritable, Tracing, Lsm, Syscall);

    /// <summary>The users of <c>tracing_prog_func_proto</c>.</summary>
    public static readonly ProgramTypeSet Trampoline = Of(Tracing, Lsm, Syscall);

    /// <summary>The users of <c>bpf_sk_base_func_proto</c>, and those that trace.</summary>
    public static readonly ProgramTypeSet Sockets = Of(
        SocketFilter, SchedCls, SchedAct, Xdp, CgroupSkb, LwtIn, LwtOut, LwtXmit, SockOps, SkSkb, SkMsg, CgroupSockAddr, LwtSeg6Local,
        FlowDissector, Tracing, Lsm, SkLookup, Syscall);

    /// <summary>Traffic control.</summary>
    public static readonly ProgramTypeSet Tc = Of(SchedCls, SchedAct);

    /// <summary>Traffic control and XDP.</summary>
    public static readonly ProgramTypeSet TcXdp = Of(SchedCls, SchedAct, Xdp);

    /// <summary>Those that may rewrite packets on their way out.</summary>
    public static readonly ProgramTypeSet TcXmit = Of(SchedCls, SchedAct, LwtXmit);

    /// <summary>Traffic control and cgroup packet filters.</summary>
    public static readonly ProgramTypeSet TcCgroupSkb = Of(SchedCls, SchedAct, CgroupSkb);

    /// <summary>Traffic control and light-weight tunnels.</summary>
    public static readonly ProgramTypeSet TcLwt = Of(SchedCls, SchedAct, LwtIn, LwtOut, LwtXmit, LwtSeg6Local);

    /// <summary>The users of <c>cgroup_common_func_proto</c>.</summary>
    public static readonly ProgramTypeSet CgroupHooks =
        Of(CgroupSkb, CgroupSock, SockOps, CgroupDevice, CgroupSockAddr, CgroupSysctl, CgroupSockopt, Lsm);

    /// <summary>Those that run in a task of interest.</summary>
    public static readonly ProgramTypeSet CurrentTask = TracingTypes | Of(CgroupSock, CgroupDevice, CgroupSockAddr, CgroupSysctl, CgroupSockopt);

    /// <summary>Those that may look up sockets.</summary>
    public static readonly ProgramTypeSet SocketLookup = Of(SchedCls, SchedAct, Xdp, CgroupSkb, SkSkb, CgroupSockAddr);
}
