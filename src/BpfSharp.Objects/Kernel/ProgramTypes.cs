namespace BpfSharp.Objects.Kernel;

/// <summary>Facts about program types.</summary>
public static class ProgramTypes
{
    // Indexed by ProgramType.
    private static readonly KernelVersion[] FirstKernels =
    [
        default, // Unspecified
        new(3, 19), // SocketFilter
        new(4, 1), // Kprobe
        new(4, 1), // SchedCls
        new(4, 1), // SchedAct
        new(4, 7), // Tracepoint
        new(4, 8), // Xdp
        new(4, 9), // PerfEvent
        new(4, 10), // CgroupSkb
        new(4, 10), // CgroupSock
        new(4, 10), // LwtIn
        new(4, 10), // LwtOut
        new(4, 10), // LwtXmit
        new(4, 13), // SockOps
        new(4, 14), // SkSkb
        new(4, 15), // CgroupDevice
        new(4, 17), // SkMsg
        new(4, 17), // RawTracepoint
        new(4, 17), // CgroupSockAddr
        new(4, 18), // LwtSeg6Local
        new(4, 18), // LircMode2
        new(4, 19), // SkReuseport
        new(4, 20), // FlowDissector
        new(5, 2), // CgroupSysctl
        new(5, 2), // RawTracepointWritable
        new(5, 3), // CgroupSockopt
        new(5, 5), // Tracing
        new(5, 6), // StructOps
        new(5, 6), // Extension
        new(5, 7), // Lsm
        new(5, 9), // SkLookup
        new(5, 14), // Syscall
        new(6, 4), // Netfilter
    ];

    /// <summary>The first kernel with a program type.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The type is not known.</exception>
    public static KernelVersion Since(ProgramType type) =>
        type != ProgramType.Unspecified && (uint)type < (uint)FirstKernels.Length
            ? FirstKernels[(int)type]
            : throw new ArgumentOutOfRangeException(nameof(type), type, "This program type is not known.");
}
