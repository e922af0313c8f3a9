using A = BpfSharp.BpfAttachType;
using M = BpfSharp.Programs.AttachMethod;
using T = BpfSharp.BpfProgramType;

namespace BpfSharp.Programs;

/// <summary>What a program's ELF section says of it; the names are libbpf's.</summary>
/// <param name="Prefix">The section's name up to a <c>/</c>.</param>
/// <param name="Type">The program type.</param>
/// <param name="AttachType">The expected attach type, null for none.</param>
/// <param name="Method">How it is attached.</param>
/// <param name="Options">What else follows.</param>
internal sealed record SectionDefinition(string Prefix, T Type, A? AttachType, M Method, SectionOptions Options = SectionOptions.None)
{
    private const SectionOptions Optional = SectionOptions.AttachTypeIsOptional;
    private const SectionOptions Sleepable = SectionOptions.Sleepable;
    private const SectionOptions Btf = SectionOptions.KernelTarget;

    /// <summary>All sections. Longer names come first where one is the start of another with a slash.</summary>
    public static IReadOnlyList<SectionDefinition> All { get; } =
    [
        new("socket", T.SocketFilter, null, M.Socket),
        new("sk_reuseport/migrate", T.SocketReuseport, A.SkReuseportSelectOrMigrate, M.Socket),
        new("sk_reuseport", T.SocketReuseport, A.SkReuseportSelect, M.Socket),
        new("kprobe", T.Kprobe, null, M.Kprobe),
        new("uprobe", T.Kprobe, null, M.Uprobe),
        new("uprobe.s", T.Kprobe, null, M.Uprobe, Sleepable),
        new("kretprobe", T.Kprobe, null, M.Kretprobe),
        new("uretprobe", T.Kprobe, null, M.Uretprobe),
        new("uretprobe.s", T.Kprobe, null, M.Uretprobe, Sleepable),
        new("kprobe.multi", T.Kprobe, A.TraceKprobeMulti, M.KprobeMulti),
        new("kretprobe.multi", T.Kprobe, A.TraceKprobeMulti, M.KretprobeMulti),
        new("kprobe.session", T.Kprobe, A.TraceKprobeSession, M.KprobeMulti),
        new("uprobe.multi", T.Kprobe, A.TraceUprobeMulti, M.None),
        new("uretprobe.multi", T.Kprobe, A.TraceUprobeMulti, M.None),
        new("uprobe.session", T.Kprobe, A.TraceUprobeSession, M.None),
        new("uprobe.multi.s", T.Kprobe, A.TraceUprobeMulti, M.None, Sleepable),
        new("uretprobe.multi.s", T.Kprobe, A.TraceUprobeMulti, M.None, Sleepable),
        new("uprobe.session.s", T.Kprobe, A.TraceUprobeSession, M.None, Sleepable),
        new("ksyscall", T.Kprobe, null, M.Kprobe, SectionOptions.SystemCall),
        new("kretsyscall", T.Kprobe, null, M.Kretprobe, SectionOptions.SystemCall),
        new("usdt", T.Kprobe, null, M.None),
        new("usdt.s", T.Kprobe, null, M.None, Sleepable),
        new("tc/ingress", T.SchedClassifier, A.TcxIngress, M.Tcx, Optional),
        new("tc/egress", T.SchedClassifier, A.TcxEgress, M.Tcx, Optional),
        new("tcx/ingress", T.SchedClassifier, A.TcxIngress, M.Tcx, Optional),
        new("tcx/egress", T.SchedClassifier, A.TcxEgress, M.Tcx, Optional),
        new("netkit/primary", T.SchedClassifier, A.NetkitPrimary, M.Netkit),
        new("netkit/peer", T.SchedClassifier, A.NetkitPeer, M.Netkit),
        new("tc", T.SchedClassifier, null, M.Tcx),
        new("classifier", T.SchedClassifier, null, M.Tcx),
        new("action", T.SchedAction, null, M.None),
        new("tracepoint", T.Tracepoint, null, M.Tracepoint),
        new("tp", T.Tracepoint, null, M.Tracepoint),
        new("raw_tracepoint", T.RawTracepoint, null, M.RawTracepoint),
        new("raw_tp", T.RawTracepoint, null, M.RawTracepoint),
        new("raw_tracepoint.w", T.RawTracepointWritable, null, M.RawTracepoint),
        new("raw_tp.w", T.RawTracepointWritable, null, M.RawTracepoint),
        new("tp_btf", T.Tracing, A.TraceRawTp, M.Tracing, Btf),
        new("fentry", T.Tracing, A.TraceFentry, M.Tracing, Btf),
        new("fmod_ret", T.Tracing, A.ModifyReturn, M.Tracing, Btf),
        new("fexit", T.Tracing, A.TraceFexit, M.Tracing, Btf),
        new("fentry.s", T.Tracing, A.TraceFentry, M.Tracing, Btf | Sleepable),
        new("fmod_ret.s", T.Tracing, A.ModifyReturn, M.Tracing, Btf | Sleepable),
        new("fexit.s", T.Tracing, A.TraceFexit, M.Tracing, Btf | Sleepable),
        new("freplace", T.Extension, null, M.None),
        new("lsm", T.Lsm, A.LsmMac, M.Tracing, Btf),
        new("lsm.s", T.Lsm, A.LsmMac, M.Tracing, Btf | Sleepable),
        new("lsm_cgroup", T.Lsm, A.LsmCgroup, M.Cgroup, Btf),
        new("iter", T.Tracing, A.TraceIter, M.Iterator, Btf),
        new("iter.s", T.Tracing, A.TraceIter, M.Iterator, Btf | Sleepable),
        new("syscall", T.Syscall, null, M.None, Sleepable),
        new("xdp.frags/devmap", T.Xdp, A.XdpDevmap, M.None, SectionOptions.Fragments),
        new("xdp/devmap", T.Xdp, A.XdpDevmap, M.None, Optional),
        new("xdp.frags/cpumap", T.Xdp, A.XdpCpumap, M.None, SectionOptions.Fragments),
        new("xdp/cpumap", T.Xdp, A.XdpCpumap, M.None, Optional),
        new("xdp.frags", T.Xdp, A.Xdp, M.Xdp, SectionOptions.Fragments),
        new("xdp", T.Xdp, A.Xdp, M.Xdp, Optional),
        new("perf_event", T.PerfEvent, null, M.PerfEvent),
        new("lwt_in", T.LwtIn, null, M.None),
        new("lwt_out", T.LwtOut, null, M.None),
        new("lwt_xmit", T.LwtXmit, null, M.None),
        new("lwt_seg6local", T.LwtSeg6local, null, M.None),
        new("sockops", T.SocketOps, A.CgroupSockOps, M.Cgroup, Optional),
        new("sk_skb/stream_parser", T.SocketSkb, A.SkSkbStreamParser, M.SockMap, Optional),
        new("sk_skb/stream_verdict", T.SocketSkb, A.SkSkbStreamVerdict, M.SockMap, Optional),
        new("sk_skb/verdict", T.SocketSkb, A.SkSkbVerdict, M.SockMap, Optional),
        new("sk_skb", T.SocketSkb, null, M.SockMap),
        new("sk_msg", T.SocketMessage, A.SkMsgVerdict, M.SockMap, Optional),
        new("lirc_mode2", T.LircMode2, A.LircMode2, M.None, Optional),
        new("flow_dissector", T.FlowDissector, A.FlowDissector, M.NetworkNamespace, Optional),
        new("cgroup_skb/ingress", T.CgroupSkb, A.CgroupInetIngress, M.Cgroup, Optional),
        new("cgroup_skb/egress", T.CgroupSkb, A.CgroupInetEgress, M.Cgroup, Optional),
        new("cgroup/skb", T.CgroupSkb, null, M.Cgroup),
        new("cgroup/sock_create", T.CgroupSocket, A.CgroupInetSockCreate, M.Cgroup),
        new("cgroup/sock_release", T.CgroupSocket, A.CgroupInetSockRelease, M.Cgroup),
        new("cgroup/sock", T.CgroupSocket, A.CgroupInetSockCreate, M.Cgroup, Optional),
        new("cgroup/post_bind4", T.CgroupSocket, A.CgroupInet4PostBind, M.Cgroup),
        new("cgroup/post_bind6", T.CgroupSocket, A.CgroupInet6PostBind, M.Cgroup),
        new("cgroup/bind4", T.CgroupSocketAddress, A.CgroupInet4Bind, M.Cgroup),
        new("cgroup/bind6", T.CgroupSocketAddress, A.CgroupInet6Bind, M.Cgroup),
        new("cgroup/connect4", T.CgroupSocketAddress, A.CgroupInet4Connect, M.Cgroup),
        new("cgroup/connect6", T.CgroupSocketAddress, A.CgroupInet6Connect, M.Cgroup),
        new("cgroup/connect_unix", T.CgroupSocketAddress, A.CgroupUnixConnect, M.Cgroup),
        new("cgroup/sendmsg4", T.CgroupSocketAddress, A.CgroupUdp4Sendmsg, M.Cgroup),
        new("cgroup/sendmsg6", T.CgroupSocketAddress, A.CgroupUdp6Sendmsg, M.Cgroup),
        new("cgroup/sendmsg_unix", T.CgroupSocketAddress, A.CgroupUnixSendmsg, M.Cgroup),
        new("cgroup/recvmsg4", T.CgroupSocketAddress, A.CgroupUdp4Recvmsg, M.Cgroup),
        new("cgroup/recvmsg6", T.CgroupSocketAddress, A.CgroupUdp6Recvmsg, M.Cgroup),
        new("cgroup/recvmsg_unix", T.CgroupSocketAddress, A.CgroupUnixRecvmsg, M.Cgroup),
        new("cgroup/getpeername4", T.CgroupSocketAddress, A.CgroupInet4Getpeername, M.Cgroup),
        new("cgroup/getpeername6", T.CgroupSocketAddress, A.CgroupInet6Getpeername, M.Cgroup),
        new("cgroup/getpeername_unix", T.CgroupSocketAddress, A.CgroupUnixGetpeername, M.Cgroup),
        new("cgroup/getsockname4", T.CgroupSocketAddress, A.CgroupInet4Getsockname, M.Cgroup),
        new("cgroup/getsockname6", T.CgroupSocketAddress, A.CgroupInet6Getsockname, M.Cgroup),
        new("cgroup/getsockname_unix", T.CgroupSocketAddress, A.CgroupUnixGetsockname, M.Cgroup),
        new("cgroup/sysctl", T.CgroupSysctl, A.CgroupSysctl, M.Cgroup),
        new("cgroup/getsockopt", T.CgroupSocketOption, A.CgroupGetsockopt, M.Cgroup),
        new("cgroup/setsockopt", T.CgroupSocketOption, A.CgroupSetsockopt, M.Cgroup),
        new("cgroup/dev", T.CgroupDevice, A.CgroupDevice, M.Cgroup, Optional),
        new("sk_lookup", T.SocketLookup, A.SkLookup, M.NetworkNamespace),
        new("netfilter", T.Netfilter, A.Netfilter, M.Netfilter),
        new("struct_ops", T.StructOps, null, M.None),
        new("struct_ops.s", T.StructOps, null, M.None, Sleepable),
    ];

    /// <summary>The definition of a section and what stands behind its prefix; null if libbpf knows no such section.</summary>
    public static (SectionDefinition Definition, string Target)? Find(string section)
    {
        // '?' means that the program is not loaded unless asked for.
        if (section.StartsWith('?')) section = section[1..];
        foreach (SectionDefinition definition in All)
        {
            if (!section.StartsWith(definition.Prefix, StringComparison.Ordinal)) continue;
            if (section.Length == definition.Prefix.Length) return (definition, "");
            if (section[definition.Prefix.Length] == '/') return (definition, section[(definition.Prefix.Length + 1)..]);
        }

        return null;
    }
}
