namespace BpfSharp.KernelTests.Raw;

/// <summary>The program types that the infrastructure loads (<c>enum bpf_prog_type</c>).</summary>
enum ProgramType : uint
{
    SocketFilter = 1,
    Kprobe = 2,
    SchedCls = 3,
    Tracepoint = 5,
    Xdp = 6,
    PerfEvent = 7,
    CgroupSkb = 8,
    RawTracepoint = 17,
    Tracing = 26,
    Lsm = 29,
    Syscall = 31,
    Netfilter = 32,
}
