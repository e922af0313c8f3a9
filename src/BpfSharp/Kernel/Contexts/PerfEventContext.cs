using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>The context of a <see cref="BpfHook.PerfEvent"/> program: a sample (<c>struct bpf_perf_event_data</c>).</summary>
[KernelContext(CName = "bpf_perf_event_data", Hooks = [BpfHook.PerfEvent])]
public readonly ref struct PerfEventContext
{
    /// <summary>Makes a context of a sample, for tests.</summary>
    /// <param name="samplePeriod">How many events lie between two samples.</param>
    /// <param name="address">The address that the sample is about, 0 if there is none.</param>
    public PerfEventContext(ulong samplePeriod, ulong address = 0)
    {
        SamplePeriod = samplePeriod;
        Address = address;
    }

    /// <summary>How many events lie between two samples.</summary>
    public ulong SamplePeriod
    {
        [KernelIntrinsic("perf.samplePeriod")]
        get;
    }

    /// <summary>The address that the sample is about, 0 if there is none (kernel 4.17).</summary>
    public ulong Address
    {
        [KernelIntrinsic("perf.address")]
        get;
    }
}
