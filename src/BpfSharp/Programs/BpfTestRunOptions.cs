namespace BpfSharp;

/// <summary>What the kernel offers in a test run for some kinds of programs only: each option says for which.</summary>
/// <example><code>program.TestRun(frame, repeat: 1000, new() { LiveFrames = true, BatchSize = 32 });</code></example>
public readonly record struct BpfTestRunOptions
{
    /// <summary>
    /// The CPU that the program runs on (<c>BPF_F_TEST_RUN_ON_CPU</c> and <c>cpu</c>, kernel 5.10), null for the caller's: of raw tracepoint programs.
    /// </summary>
    public int? Cpu { get; init; }

    /// <summary>
    /// Whether frames are sent and received as the program decides (<c>BPF_F_TEST_XDP_LIVE_FRAMES</c>, kernel 5.18): of XDP programs. <c>Pass</c> gives a frame to
    /// the network stack, as received by the context's <see cref="BpfXdpMetadata.IngressInterface"/>; <c>Tx</c> and redirects send it. Each repeat is a frame, in memory that
    /// is used again: what the program changed in it may be there when it is its turn again. There is no result and no context afterwards, and a signal ends the
    /// run (<c>EINTR</c>).
    /// </summary>
    public bool LiveFrames { get; init; }

    /// <summary>
    /// How many live frames are handled at a time (<c>batch_size</c>, kernel 5.18): up to 256; 64 unless set. Only with <see cref="LiveFrames"/>.
    /// </summary>
    public int BatchSize { get; init; }

    /// <summary>
    /// Whether the packet comes with the sum over all of it, as from hardware (<c>CHECKSUM_COMPLETE</c>), and the sum is checked afterwards
    /// (<c>BPF_F_TEST_SKB_CHECKSUM_COMPLETE</c>, kernel 6.11 and later releases of 6.1): of tc, cgroup, route and socket programs on packets. A program that changes the packet and not
    /// the sum is a <see cref="BpfException"/> of <c>EBADMSG</c>.
    /// </summary>
    public bool ChecksumComplete { get; init; }
}
