namespace BpfSharp.Objects.Kernel;

/// <summary>Facts about attach types.</summary>
public static class AttachTypes
{
    // Where a range of enum bpf_attach_type came in with one kernel: the last of it, and the kernel.
    private static readonly (AttachType Last, KernelVersion Since)[] FirstKernels =
    [
        (AttachType.CgroupInetSockCreate, new(4, 10)),
        (AttachType.CgroupSockOps, new(4, 13)),
        (AttachType.SkSkbStreamVerdict, new(4, 14)),
        (AttachType.CgroupDevice, new(4, 15)),
        (AttachType.CgroupInet6PostBind, new(4, 17)),
        (AttachType.LircMode2, new(4, 18)),
        (AttachType.FlowDissector, new(4, 20)),
        (AttachType.CgroupUdp6RecvMsg, new(5, 2)),
        (AttachType.CgroupSetSockOpt, new(5, 3)),
        (AttachType.TraceFexit, new(5, 5)),
        (AttachType.LsmMac, new(5, 7)),
        (AttachType.XdpDevMap, new(5, 8)),
        (AttachType.Xdp, new(5, 9)),
        (AttachType.SkSkbVerdict, new(5, 13)),
        (AttachType.SkReuseportSelectOrMigrate, new(5, 14)),
        (AttachType.PerfEvent, new(5, 15)),
        (AttachType.TraceKprobeMulti, new(5, 18)),
        (AttachType.LsmCgroup, new(6, 0)),
        (AttachType.Netfilter, new(6, 4)),
        (AttachType.TraceUprobeMulti, new(6, 6)),
        (AttachType.NetkitPeer, new(6, 7)),
        (AttachType.TraceKprobeSession, new(6, 10)),
        (AttachType.TraceUprobeSession, new(6, 13)),
        (AttachType.TraceFsession, new(7, 0)),
    ];

    /// <summary>The first kernel with an attach type.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The type is not known, or no kernel that has it is released.</exception>
    public static KernelVersion Since(AttachType type)
    {
        foreach ((AttachType last, KernelVersion since) in FirstKernels)
            if (type <= last) return since;
        throw new ArgumentOutOfRangeException(nameof(type), type, "This attach type is not known.");
    }
}
