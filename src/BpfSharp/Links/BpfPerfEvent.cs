namespace BpfSharp;

/// <summary>An event that a perf_event program is run on.</summary>
/// <param name="Type">The kind of event.</param>
/// <param name="Config">Which event of that kind (<c>PERF_COUNT_*</c>).</param>
public sealed record BpfPerfEvent(BpfPerfEventType Type, ulong Config)
{
    /// <summary>The CPU's clock in software, which every machine has (<c>PERF_COUNT_SW_CPU_CLOCK</c>).</summary>
    /// <param name="frequency">Samples per second and CPU.</param>
    public static BpfPerfEvent CpuClock(int frequency = 99) => new(BpfPerfEventType.Software, 0) { Frequency = frequency };

    /// <summary>CPU cycles (<c>PERF_COUNT_HW_CPU_CYCLES</c>), which virtual machines often do not have.</summary>
    /// <param name="frequency">Samples per second and CPU.</param>
    public static BpfPerfEvent CpuCycles(int frequency = 99) => new(BpfPerfEventType.Hardware, 0) { Frequency = frequency };

    /// <summary>Samples per second; 0 to use <see cref="Period"/>.</summary>
    public int Frequency { get; init; }

    /// <summary>Events per sample.</summary>
    public ulong Period { get; init; }

    /// <summary>The process to sample, -1 for all.</summary>
    public int ProcessId { get; init; } = -1;

    /// <summary>The CPU to sample, -1 for all.</summary>
    public int Cpu { get; init; } = -1;

    /// <summary>What <c>bpf_get_attach_cookie</c> gives the program (kernel 5.15), 0 for none.</summary>
    public ulong Cookie { get; init; }
}

/// <summary>The kinds of perf events (<c>enum perf_type_id</c>).</summary>
public enum BpfPerfEventType
{
    /// <summary><c>PERF_TYPE_HARDWARE</c>.</summary>
    Hardware = 0,

    /// <summary><c>PERF_TYPE_SOFTWARE</c>.</summary>
    Software = 1,

    /// <summary><c>PERF_TYPE_HW_CACHE</c>.</summary>
    HardwareCache = 3,

    /// <summary><c>PERF_TYPE_RAW</c>.</summary>
    Raw = 4,
}
