using BpfSharp.Errors;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp.Programs;

/// <summary>Options of a test run: for which programs they are, and what the kernel says of them.</summary>
internal static class TestRunSettings
{
    private const int DefaultBatch = 64, LargestBatch = 256;

    private static readonly Setting[] All =
    [
        new(nameof(BpfTestRunOptions.Cpu), "BPF_F_TEST_RUN_ON_CPU", 1 << 0, new(5, 10), o => o.Cpu is not null,
            [ProgramType.RawTracepoint]),
        new(nameof(BpfTestRunOptions.LiveFrames), "BPF_F_TEST_XDP_LIVE_FRAMES", 1 << 1, new(5, 18), o => o.LiveFrames, [ProgramType.Xdp]),
        new(nameof(BpfTestRunOptions.ChecksumComplete), "BPF_F_TEST_SKB_CHECKSUM_COMPLETE", 1 << 2, new(6, 11), o => o.ChecksumComplete,
            [ProgramType.SocketFilter, ProgramType.SchedCls, ProgramType.SchedAct, ProgramType.CgroupSkb,
                ProgramType.LwtIn, ProgramType.LwtOut, ProgramType.LwtXmit, ProgramType.LwtSeg6Local]),
    ];

    /// <summary>Fills in the options.</summary>
    /// <exception cref="ArgumentException">One is not for programs of this type. Kernels before 5.18 would not say so of all.</exception>
    public static void Apply(this BpfTestRunOptions options, ref TestRunAttributes attributes, ProgramType type)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(options.Cpu ?? 0, nameof(options.Cpu));
        ArgumentOutOfRangeException.ThrowIfNegative(options.BatchSize, nameof(options.BatchSize));
        if (options.BatchSize > 0 && !options.LiveFrames)
            throw new ArgumentException($"{nameof(options.BatchSize)} is of {nameof(options.LiveFrames)}, which is not set", nameof(options));
        foreach (Setting setting in All)
        {
            if (!setting.IsSet(options)) continue;
            if (!setting.Types.Contains(type))
                throw new ArgumentException($"{setting.Name} ({setting.KernelName}) is for {string.Join(", ", setting.Types)} programs, and this one is {type}", nameof(options));
            attributes.Flags |= setting.Flag;
        }

        attributes.Cpu = (uint)(options.Cpu ?? 0);
        // Always said: kernels before 5.18 refuse it, and would run the program on no frame if there were the flag alone.
        if (options.LiveFrames) attributes.BatchSize = (uint)(options.BatchSize == 0 ? DefaultBatch : options.BatchSize);
    }

    /// <summary>Why the kernel refused one of the options, null if it was something else.</summary>
    public static string? Hint(this BpfTestRunOptions options, Errno error) => error switch
    {
        Errno.EINVAL when All.FirstOrDefault(s => s.IsSet(options) && RunningKernel.Version < s.Since) is { } missing =>
            $"{missing.Name} ({missing.KernelName}) needs Linux {missing.Since}, and {RunningKernel.Version} is running",
        Errno.ENXIO when options.Cpu is { } cpu => $"CPU {cpu} is not there or does not run",
        Errno.E2BIG when options.BatchSize > LargestBatch => $"a batch has {LargestBatch} frames at most, not {options.BatchSize}",
        Errno.EINTR when options.LiveFrames => "a signal ended it, and an unknown part of the frames was sent",
        Errno.EBADMSG when options.ChecksumComplete =>
            "the program changed the packet and left its sum as it was; let bpf_skb_store_bytes recompute it (BPF_F_RECOMPUTE_CSUM), or call bpf_csum_update",
        _ => null,
    };

    private sealed record Setting(string Name, string KernelName, uint Flag, KernelVersion Since, Func<BpfTestRunOptions, bool> IsSet, ProgramType[] Types);
}
