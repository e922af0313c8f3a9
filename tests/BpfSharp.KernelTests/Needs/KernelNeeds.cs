namespace BpfSharp.KernelTests;

/// <summary>
/// What a kernel test needs of the kernel beyond a version: things that a configuration, a lockdown mode or a module decides.
/// Each has its probe in <see cref="NeedProbes"/>. Root and bpf(2) are needed by every kernel test and need not be named.
/// </summary>
[Flags]
public enum KernelNeeds : ulong
{
    /// <summary>Nothing beyond root and bpf(2).</summary>
    None = 0,

    /// <summary>The process runs as root.</summary>
    Root = 1UL << 0,

    /// <summary>bpf(2) creates maps and loads programs.</summary>
    Bpf = 1UL << 1,

    /// <summary>The kernel describes its own types in /sys/kernel/btf/vmlinux.</summary>
    BtfVmlinux = 1UL << 2,

    /// <summary>tracefs can be read (it is mounted if it was not).</summary>
    Tracefs = 1UL << 3,

    /// <summary>A tracepoint program loads and attaches through perf_event_open(2).</summary>
    Tracepoints = 1UL << 4,

    /// <summary>A raw tracepoint program loads and attaches.</summary>
    RawTracepoints = 1UL << 5,

    /// <summary>A BTF-typed raw tracepoint program (tp_btf) loads and attaches.</summary>
    TpBtf = 1UL << 6,

    /// <summary>A kprobe can be opened through perf_event_open(2).</summary>
    Kprobes = 1UL << 7,

    /// <summary>A kprobe.multi link can be made (needs fprobe).</summary>
    KprobeMulti = 1UL << 8,

    /// <summary>The kernel offers the uprobe event source.</summary>
    Uprobes = 1UL << 9,

    /// <summary>A software perf event (cpu-clock) can be opened.</summary>
    PerfEvents = 1UL << 10,

    /// <summary>fentry and fexit programs load and attach.</summary>
    FentryFexit = 1UL << 11,

    /// <summary>fmod_ret programs load and attach.</summary>
    FmodRet = 1UL << 12,

    /// <summary>BPF is one of the active security modules and LSM programs load.</summary>
    BpfLsm = 1UL << 13,

    /// <summary>A cgroup v2 hierarchy is mounted and writable.</summary>
    Cgroup2 = 1UL << 14,

    /// <summary>Programs can be attached to a cgroup.</summary>
    CgroupBpf = 1UL << 15,

    /// <summary>Network namespaces can be made.</summary>
    NetworkNamespaces = 1UL << 16,

    /// <summary>Pairs of virtual Ethernet devices can be made.</summary>
    Veth = 1UL << 17,

    /// <summary>An XDP program attaches to a device through a link.</summary>
    XdpLink = 1UL << 18,

    /// <summary>The clsact queueing discipline and the BPF classifier are there.</summary>
    Clsact = 1UL << 19,

    /// <summary>A tcx link can be made.</summary>
    Tcx = 1UL << 20,

    /// <summary>netkit devices can be made.</summary>
    Netkit = 1UL << 21,

    /// <summary>A netfilter link can be made.</summary>
    Netfilter = 1UL << 22,

    /// <summary>Socket maps can be made.</summary>
    SockMap = 1UL << 23,

    /// <summary>The kernel can take TCP congestion control from struct_ops.</summary>
    StructOpsTcp = 1UL << 24,

    /// <summary>The kernel has sched_ext.</summary>
    SchedExt = 1UL << 25,

    /// <summary>bpf_probe_write_user is allowed.</summary>
    ProbeWriteUser = 1UL << 26,

    /// <summary>bpffs can be mounted.</summary>
    Bpffs = 1UL << 27,

    /// <summary>A map takes an XDP socket (Linux 7.2 has no memory for that on a processor without cmpxchg16b).</summary>
    XskSockets = 1UL << 28,

    /// <summary>Connection tracking has functions for programs, describes its types, and shows its entries with their marks.</summary>
    ConnectionTracking = 1UL << 29,

    /// <summary>sunrpc is a module that describes its types and shows its caches; programs are attached to it.</summary>
    ModuleTracing = 1UL << 30,

    /// <summary>The processor reports accesses to a place in memory (a hardware breakpoint that reads trigger).</summary>
    Watchpoints = 1UL << 31,
}
