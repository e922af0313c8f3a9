using BpfSharp.Objects.Kernel;

namespace BpfSharp;

/// <summary>What the kernel knows of a link (<c>struct bpf_link_info</c>, kernel 5.8).</summary>
/// <param name="Id">The link's id, unique while it lives.</param>
/// <param name="Type">The kind of link.</param>
/// <param name="ProgramId">The attached program's id.</param>
/// <remarks>What follows is empty or null where links of this kind do not have it.</remarks>
public sealed record BpfLinkInfo(uint Id, BpfLinkType Type, uint ProgramId)
{
    /// <summary>The hook: of tracing, control groups, network namespaces, tcx, netkit and sock maps.</summary>
    public AttachType? AttachType { get; init; }

    /// <summary>
    /// The name of what it is attached to: the raw tracepoint, what an iterator walks; of a perf event (kernel 6.6) the tracepoint, the probed function of the kernel or the probed file; the file of a
    /// uprobe.multi link (kernel 6.8).
    /// </summary>
    public string Target { get; init; } = "";

    /// <summary>
    /// What <c>bpf_get_attach_cookie</c> gives the program, 0 for none: of perf events (kernel 6.9), raw tracepoints and tracing (kernel 6.17). Those of kprobe.multi and uprobe.multi are in
    /// <see cref="BpfLink.GetProbes"/>.
    /// </summary>
    public ulong? Cookie { get; init; }

    /// <summary>Of tracing: the BTF in which the traced function is described, or the program whose function is traced or replaced (<c>target_obj_id</c>, kernel 5.13).</summary>
    public uint? TargetObjectId { get; init; }

    /// <summary>Of tracing: the traced function's type there (<c>target_btf_id</c>, kernel 5.13).</summary>
    public uint? TargetTypeId { get; init; }

    /// <summary>The perf event (kernel 6.6).</summary>
    public BpfPerfEventInfo? PerfEvent { get; init; }

    /// <summary>What the probes of a kprobe.multi link (kernel 6.6) or a uprobe.multi link (kernel 6.8) have in common.</summary>
    public BpfProbesInfo? Probes { get; init; }

    /// <summary>The network interface's index, in its own namespace: of XDP, tcx and netkit. 0 once it is gone.</summary>
    public int InterfaceIndex { get; init; }

    /// <summary>The control group's id, which is its folder's inode: the one it is attached to, or the one that an iterator begins at (kernel 6.1).</summary>
    public ulong CgroupId { get; init; }

    /// <summary>The groups that an iterator of them visits (kernel 6.1).</summary>
    public BpfCgroupOrder? CgroupOrder { get; init; }

    /// <summary>The process whose threads an iterator of tasks visits, 0 for all (kernel 6.1).</summary>
    public int? ProcessId { get; init; }

    /// <summary>The thread that an iterator of tasks visits, 0 for all (kernel 6.1).</summary>
    public int? ThreadId { get; init; }

    /// <summary>The network namespace's inode.</summary>
    public uint NamespaceInode { get; init; }

    /// <summary>The map's id: of sock maps, of tables of functions, and of what an iterator of a map's entries walks (kernel 5.10).</summary>
    public uint MapId { get; init; }

    /// <summary>The netfilter hook.</summary>
    public BpfNetfilterHook? Netfilter { get; init; }
}

/// <summary>The kernel's <c>enum bpf_link_type</c>.</summary>
public enum BpfLinkType
{
    /// <summary><c>BPF_LINK_TYPE_UNSPEC</c>.</summary>
    Unspecified = 0,
    /// <summary><c>BPF_LINK_TYPE_RAW_TRACEPOINT</c>.</summary>
    RawTracepoint = 1,
    /// <summary><c>BPF_LINK_TYPE_TRACING</c>.</summary>
    Tracing = 2,
    /// <summary><c>BPF_LINK_TYPE_CGROUP</c>.</summary>
    Cgroup = 3,
    /// <summary><c>BPF_LINK_TYPE_ITER</c>.</summary>
    Iterator = 4,
    /// <summary><c>BPF_LINK_TYPE_NETNS</c>.</summary>
    NetworkNamespace = 5,
    /// <summary><c>BPF_LINK_TYPE_XDP</c>.</summary>
    Xdp = 6,
    /// <summary><c>BPF_LINK_TYPE_PERF_EVENT</c>.</summary>
    PerfEvent = 7,
    /// <summary><c>BPF_LINK_TYPE_KPROBE_MULTI</c>.</summary>
    KprobeMulti = 8,
    /// <summary><c>BPF_LINK_TYPE_STRUCT_OPS</c>.</summary>
    StructOps = 9,
    /// <summary><c>BPF_LINK_TYPE_NETFILTER</c>.</summary>
    Netfilter = 10,
    /// <summary><c>BPF_LINK_TYPE_TCX</c>.</summary>
    Tcx = 11,
    /// <summary><c>BPF_LINK_TYPE_UPROBE_MULTI</c>.</summary>
    UprobeMulti = 12,
    /// <summary><c>BPF_LINK_TYPE_NETKIT</c>.</summary>
    Netkit = 13,
    /// <summary><c>BPF_LINK_TYPE_SOCKMAP</c>.</summary>
    SockMap = 14,
    /// <summary><c>BPF_LINK_TYPE_TRACING_MULTI</c>.</summary>
    TracingMulti = 15,
}
