namespace BpfSharp;

/// <summary>What the probes of a kprobe.multi link (kernel 6.6) or a uprobe.multi link (kernel 6.8) have in common.</summary>
/// <param name="Count">How many there are.</param>
/// <param name="IsReturn">Whether the functions' returns are probed.</param>
public sealed record BpfProbesInfo(int Count, bool IsReturn)
{
    /// <summary>How often functions of the kernel were not probed because they were called in a probe (kernel 6.7); null before, and of a file's functions.</summary>
    public ulong? Missed { get; init; }

    /// <summary>The one process whose calls of a file's functions are probed, 0 for all; null for the kernel's.</summary>
    public int? ProcessId { get; init; }
}

/// <summary>One function that a kprobe.multi link (kernel 6.6) or a uprobe.multi link (kernel 6.8) probes.</summary>
/// <remarks>What follows is null where probes of this kind do not have it, or the kernel is older.</remarks>
public sealed record BpfLinkProbe
{
    /// <summary>The address of the kernel's function; null for callers who may not see addresses (<c>/proc/sys/kernel/kptr_restrict</c>).</summary>
    public ulong? Address { get; init; }

    /// <summary>Where in the file the function is, in bytes.</summary>
    public ulong? Offset { get; init; }

    /// <summary>Where in the file the counter of those who look at a static probe is, 0 for none (<c>ref_ctr_offset</c>).</summary>
    public ulong? CounterOffset { get; init; }

    /// <summary>What <c>bpf_get_attach_cookie</c> gives the program at it, 0 for none; of the kernel's functions from kernel 6.9 on.</summary>
    public ulong? Cookie { get; init; }
}
