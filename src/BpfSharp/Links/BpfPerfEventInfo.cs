namespace BpfSharp;

/// <summary>What the kernel knows of the perf event of a link (<c>bpf_link_info.perf_event</c>, kernel 6.6).</summary>
/// <param name="Kind">The kind of event.</param>
/// <remarks>What follows is null where events of this kind do not have it, or the kernel is older.</remarks>
public sealed record BpfPerfEventInfo(BpfPerfEventKind Kind)
{
    /// <summary>Where the probe is: bytes from the start of the kernel's function, or of the file.</summary>
    public ulong? Offset { get; init; }

    /// <summary>The address of a probe of the kernel; null for callers who may not see addresses (<c>/proc/sys/kernel/kptr_restrict</c>).</summary>
    public ulong? Address { get; init; }

    /// <summary>How often a probe of the kernel was missed because it was hit in another one (kernel 6.7).</summary>
    public ulong? Missed { get; init; }

    /// <summary>Where in the file the counter of those who look at a static probe is, 0 for none (<c>ref_ctr_offset</c>, kernel 6.16).</summary>
    public ulong? CounterOffset { get; init; }

    /// <summary>The type of another event: of <c>enum perf_type_id</c>, or a number that this kernel gives such events (<c>/sys/bus/event_source/devices/*/type</c>, not all are there; the CPU's clock has one).</summary>
    public uint? EventType { get; init; }

    /// <summary>Which event of its type it is (<c>perf_event_attr.config</c>).</summary>
    public ulong? Config { get; init; }
}

/// <summary>The kernel's <c>enum bpf_perf_event_type</c>.</summary>
public enum BpfPerfEventKind
{
    /// <summary><c>BPF_PERF_EVENT_UPROBE</c>.</summary>
    Uprobe = 1,
    /// <summary><c>BPF_PERF_EVENT_URETPROBE</c>.</summary>
    Uretprobe = 2,
    /// <summary><c>BPF_PERF_EVENT_KPROBE</c>.</summary>
    Kprobe = 3,
    /// <summary><c>BPF_PERF_EVENT_KRETPROBE</c>.</summary>
    Kretprobe = 4,
    /// <summary><c>BPF_PERF_EVENT_TRACEPOINT</c>.</summary>
    Tracepoint = 5,
    /// <summary><c>BPF_PERF_EVENT_EVENT</c>: one that counts or samples.</summary>
    Event = 6,
}
