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

    /// <summary>Accesses to a place in memory, seen by the processor (<c>PERF_TYPE_BREAKPOINT</c>; a processor watches four places at a time or fewer).</summary>
    /// <param name="address">The address in the process, which must be a multiple of <paramref name="length"/>.</param>
    /// <param name="length">How many bytes: 1, 2, 4 or 8.</param>
    /// <param name="access">Which accesses.</param>
    /// <param name="processId">The process.</param>
    public static BpfPerfEvent Watchpoint(nint address, int length, BpfMemoryAccess access, int processId) =>
        new(BpfPerfEventType.Breakpoint, 0) { Address = address, Length = length, Access = access, Period = 1, ProcessId = processId };

    /// <summary>Samples per second; 0 to use <see cref="Period"/>.</summary>
    public int Frequency { get; init; }

    /// <summary>Events per sample.</summary>
    public ulong Period { get; init; }

    /// <summary>The process to sample, -1 for all: each thread that it has, and from kernel 5.13 on those that they start later.</summary>
    public int ProcessId { get; init; } = -1;

    /// <summary>The one thread to sample, 0 for the one that attaches, -1 for all.</summary>
    public int ThreadId { get; init; } = -1;

    /// <summary>The CPU to sample, -1 for all.</summary>
    public int Cpu { get; init; } = -1;

    /// <summary>The address that a <see cref="Watchpoint"/> watches.</summary>
    public nint Address { get; init; }

    /// <summary>How many bytes are watched there.</summary>
    public int Length { get; init; }

    /// <summary>Which accesses are watched.</summary>
    public BpfMemoryAccess Access { get; init; }

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

    /// <summary><c>PERF_TYPE_BREAKPOINT</c>.</summary>
    Breakpoint = 5,
}

/// <summary>Accesses to memory (<c>HW_BREAKPOINT_*</c>). x64 cannot watch reads alone.</summary>
public enum BpfMemoryAccess
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary><c>HW_BREAKPOINT_W</c>: writes; what was written is there when the program runs.</summary>
    Write = 2,

    /// <summary><c>HW_BREAKPOINT_RW</c>: reads and writes.</summary>
    ReadWrite = 3,

    /// <summary><c>HW_BREAKPOINT_X</c>: the instruction at the address, before it is executed. The length is that of a pointer.</summary>
    Execute = 4,
}
