using System.Collections.Immutable;
using static BpfSharp.Objects.Kernel.HelperArgument;
using static BpfSharp.Objects.Kernel.ProgramType;
using static BpfSharp.Objects.Kernel.ProgramTypeGroups;
using static BpfSharp.Objects.Kernel.ProgramTypeSet;

namespace BpfSharp.Objects.Kernel;

/// <summary>Exceptions from the table of helpers: who was offered one later than others, and who passes other arguments.</summary>
internal static class HelperOffers
{
    /// <summary>
    /// Where a program type was offered a helper later than both were there. Taken from the kernels 5.10, 6.1 and 6.12; where the version
    /// between is not known, the later of these stands.
    /// </summary>
    public static readonly ImmutableArray<HelperOffer> All =
    [
        new("bpf_get_current_pid_tgid", new(6, 1), Of(CgroupDevice, CgroupSysctl, CgroupSockopt)),
        new("bpf_get_current_pid_tgid", new(6, 10),
            Of(SocketFilter, SchedCls, SchedAct, Xdp, CgroupSkb, LwtIn, LwtOut, LwtXmit, SockOps, SkSkb, LwtSeg6Local, SkReuseport, FlowDissector, StructOps, SkLookup)),
        new("bpf_get_current_comm", new(6, 1), Of(CgroupDevice, CgroupSysctl, CgroupSockopt)),
        new("bpf_get_cgroup_classid", new(6, 1), Of(CgroupDevice, CgroupSysctl, CgroupSockopt)),
        new("bpf_current_task_under_cgroup", new(6, 12), Of(CgroupSock, CgroupDevice, CgroupSockAddr, CgroupSysctl, CgroupSockopt)),
        new("bpf_get_socket_cookie", new(5, 12), Of(Tracing, Lsm)),
        new("bpf_get_socket_cookie", new(5, 14), Of(SkReuseport)),
        new("bpf_setsockopt", new(5, 15), Of(CgroupSockopt, StructOps)),
        new("bpf_setsockopt", new(6, 0), Of(Lsm)),
        new("bpf_getsockopt", new(5, 15), Of(CgroupSockopt, StructOps)),
        new("bpf_getsockopt", new(6, 0), Of(Lsm)),
        new("bpf_get_current_cgroup_id", new(6, 4),
            Of(SocketFilter, SchedCls, SchedAct, Xdp, CgroupSkb, LwtIn, LwtOut, LwtXmit, SockOps, SkSkb, LwtSeg6Local, SkReuseport, FlowDissector, StructOps, SkLookup)),
        new("bpf_get_local_storage", new(6, 0), Of(Lsm)),
        new("bpf_spin_lock", new(6, 1), Of(Tracing, Lsm)),
        new("bpf_spin_unlock", new(6, 1), Of(Tracing, Lsm)),
        new("bpf_strtol", new(6, 1), Everywhere.Except(LircMode2, CgroupSysctl, Syscall, Netfilter)),
        new("bpf_strtoul", new(6, 1), Everywhere.Except(LircMode2, CgroupSysctl, Syscall, Netfilter)),
        new("bpf_sk_storage_get", new(5, 11), Of(Tracing)),
        new("bpf_sk_storage_delete", new(5, 11), Of(Tracing)),
        new("bpf_get_ns_current_pid_tgid", new(6, 10), Unlocked.Except(Tracing, Lsm, Syscall, Netfilter)),
        new("bpf_get_netns_cookie", new(6, 1), Of(SockOps, SkMsg, CgroupSockopt)),
        new("bpf_get_netns_cookie", new(6, 13), Tc),
        new("bpf_get_netns_cookie", new(6, 15), Of(SocketFilter, CgroupSkb)),
        new("bpf_get_current_ancestor_cgroup_id", new(6, 1), CurrentTask.Except(CgroupSock, CgroupSockAddr, Syscall)),
        new("bpf_get_current_ancestor_cgroup_id", new(6, 4),
            Of(SocketFilter, SchedCls, SchedAct, Xdp, CgroupSkb, LwtIn, LwtOut, LwtXmit, SockOps, SkSkb, LwtSeg6Local, SkReuseport, FlowDissector, StructOps, SkLookup)),
        new("bpf_task_storage_get", new(5, 12), Of(Kprobe, Tracepoint, PerfEvent, RawTracepoint, RawTracepointWritable, Tracing)),
        new("bpf_task_storage_delete", new(5, 12), Of(Kprobe, Tracepoint, PerfEvent, RawTracepoint, RawTracepointWritable, Tracing)),
        new("bpf_get_attach_cookie", new(5, 19), Of(Tracing, Lsm)),
        new("bpf_get_attach_cookie", new(6, 10), Of(RawTracepoint, RawTracepointWritable)),
    ];

    /// <summary>Where a helper takes other arguments from some program types.</summary>
    public static readonly ImmutableArray<HelperVariant> Variants =
    [
        new("bpf_get_cgroup_classid", Of(CgroupDevice, CgroupSock, CgroupSockAddr, CgroupSysctl, CgroupSockopt, SkMsg), []),
        new("bpf_get_socket_cookie", Trampoline, [SocketPointerOrNull]),
        new("bpf_setsockopt", Of(CgroupSockopt, StructOps, Lsm), [SocketPointer, Scalar, Scalar, ReadOnlyMemory, Size]),
        new("bpf_getsockopt", Of(CgroupSockopt, StructOps, Lsm), [SocketPointer, Scalar, Scalar, NewMemory, Size]),
        new("bpf_sk_storage_get", Of(CgroupSock), [Map, Context, MapValueOrNull, Scalar]),
        new("bpf_sk_storage_get", Of(Tracing, Syscall), [Map, KernelPointerOrNull, MapValueOrNull, Scalar]),
        new("bpf_sk_storage_delete", Of(Tracing, Syscall), [Map, KernelPointerOrNull]),
        new("bpf_sk_assign", Of(SkLookup), [Context, SocketOrNull, Scalar]),
        new("bpf_get_stack", Of(RawTracepoint, RawTracepointWritable, Tracing, Lsm, Syscall), [Context, Memory, SizeOrZero, Scalar]),
        new("bpf_xdp_get_buff_len", Trampoline, [KernelPointer]),
    ];
}
