using BpfSharp.Objects.Kernel;

namespace BpfSharp.Programs;

/// <summary>How the programs of a hook are attached.</summary>
internal static class AttachMethods
{
    /// <summary>The method of hooks that are told apart by their prefix.</summary>
    private static readonly Dictionary<string, AttachMethod> ByPrefix = new(StringComparer.Ordinal)
    {
        ["kprobe"] = AttachMethod.Kprobe,
        ["ksyscall"] = AttachMethod.Kprobe,
        ["kretprobe"] = AttachMethod.Kretprobe,
        ["kretsyscall"] = AttachMethod.Kretprobe,
        ["kprobe.multi"] = AttachMethod.KprobeMulti,
        ["kprobe.session"] = AttachMethod.KprobeMulti,
        ["kretprobe.multi"] = AttachMethod.KretprobeMulti,
        ["uprobe"] = AttachMethod.Uprobe,
        ["uprobe.s"] = AttachMethod.Uprobe,
        ["uretprobe"] = AttachMethod.Uretprobe,
        ["uretprobe.s"] = AttachMethod.Uretprobe,
        ["uprobe.multi"] = AttachMethod.UprobeMulti,
        ["uprobe.multi.s"] = AttachMethod.UprobeMulti,
        ["uprobe.session"] = AttachMethod.UprobeMulti,
        ["uprobe.session.s"] = AttachMethod.UprobeMulti,
        ["uretprobe.multi"] = AttachMethod.UretprobeMulti,
        ["uretprobe.multi.s"] = AttachMethod.UretprobeMulti,
        ["netkit/primary"] = AttachMethod.Netkit,
        ["netkit/peer"] = AttachMethod.Netkit,
        ["xdp"] = AttachMethod.Xdp,
        ["xdp.frags"] = AttachMethod.Xdp,
        ["iter"] = AttachMethod.Iterator,
        ["iter.s"] = AttachMethod.Iterator,
        ["lsm_cgroup"] = AttachMethod.Cgroup,
    };

    /// <summary>The method of program types all of whose other hooks are attached alike.</summary>
    private static readonly Dictionary<ProgramType, AttachMethod> ByType = new()
    {
        [ProgramType.SocketFilter] = AttachMethod.Socket,
        [ProgramType.SkReuseport] = AttachMethod.Socket,
        [ProgramType.SchedCls] = AttachMethod.Tcx,
        [ProgramType.Tracepoint] = AttachMethod.Tracepoint,
        [ProgramType.RawTracepoint] = AttachMethod.RawTracepoint,
        [ProgramType.RawTracepointWritable] = AttachMethod.RawTracepoint,
        [ProgramType.Tracing] = AttachMethod.Tracing,
        [ProgramType.Extension] = AttachMethod.Tracing,
        [ProgramType.Lsm] = AttachMethod.Tracing,
        [ProgramType.PerfEvent] = AttachMethod.PerfEvent,
        [ProgramType.SockOps] = AttachMethod.Cgroup,
        [ProgramType.CgroupSkb] = AttachMethod.Cgroup,
        [ProgramType.CgroupSock] = AttachMethod.Cgroup,
        [ProgramType.CgroupSockAddr] = AttachMethod.Cgroup,
        [ProgramType.CgroupSysctl] = AttachMethod.Cgroup,
        [ProgramType.CgroupSockopt] = AttachMethod.Cgroup,
        [ProgramType.CgroupDevice] = AttachMethod.Cgroup,
        [ProgramType.SkSkb] = AttachMethod.SockMap,
        [ProgramType.SkMsg] = AttachMethod.SockMap,
        [ProgramType.FlowDissector] = AttachMethod.NetworkNamespace,
        [ProgramType.SkLookup] = AttachMethod.NetworkNamespace,
        [ProgramType.Netfilter] = AttachMethod.Netfilter,
        [ProgramType.LwtIn] = AttachMethod.Route,
        [ProgramType.LwtOut] = AttachMethod.Route,
        [ProgramType.LwtXmit] = AttachMethod.Route,
        [ProgramType.LwtSeg6Local] = AttachMethod.Route,
        [ProgramType.LircMode2] = AttachMethod.Lirc,
        [ProgramType.StructOps] = AttachMethod.StructOps,
    };

    /// <summary>The method of a hook; none for programs that are not attached by themselves.</summary>
    public static AttachMethod Of(Hook? hook) =>
        hook is null ? AttachMethod.None
        : ByPrefix.TryGetValue(hook.Prefix, out AttachMethod method) || ByType.TryGetValue(hook.ProgramType, out method) ? method
        : AttachMethod.None;
}
