using System.Runtime.InteropServices;

namespace BpfSharp.Links;

/// <summary><c>struct perf_event_attr</c>, the 112 bytes that every kernel since 4.1 knows.</summary>
[StructLayout(LayoutKind.Explicit, Size = Length)]
internal unsafe struct PerfEventAttributes
{
    /// <summary>Bytes of the struct (<c>PERF_ATTR_SIZE_VER5</c>).</summary>
    public const int Length = 112;

    private const ulong InheritFlag = 1 << 1, FrequencyFlag = 1 << 10, InheritThreadFlag = 1UL << 35;

    /// <summary><c>type</c>.</summary>
    [FieldOffset(0)] public uint Type;

    /// <summary><c>size</c>.</summary>
    [FieldOffset(4)] public uint Size;

    /// <summary><c>config</c>.</summary>
    [FieldOffset(8)] public ulong Config;

    /// <summary><c>sample_period</c> or <c>sample_freq</c>.</summary>
    [FieldOffset(16)] public ulong Period;

    /// <summary><c>sample_type</c>.</summary>
    [FieldOffset(24)] public ulong SampleType;

    /// <summary>The bit field.</summary>
    [FieldOffset(40)] public ulong Flags;

    /// <summary><c>wakeup_events</c> or <c>wakeup_watermark</c>.</summary>
    [FieldOffset(48)] public uint WakeUp;

    /// <summary><c>bp_type</c>.</summary>
    [FieldOffset(52)] public uint Access;

    /// <summary><c>config1</c>: <c>kprobe_func</c>, <c>uprobe_path</c> or <c>bp_addr</c>.</summary>
    [FieldOffset(56)] public void* Target;

    /// <summary><c>config2</c>: <c>probe_offset</c> or <c>bp_len</c>.</summary>
    [FieldOffset(64)] public ulong Offset;

    /// <summary>A tracepoint.</summary>
    public static PerfEventAttributes Tracepoint(int id) => new() { Type = 2, Size = Length, Config = (ulong)id, Period = 1, WakeUp = 1 };

    /// <summary>A sampled event.</summary>
    /// <param name="sampled">The event.</param>
    /// <param name="withLaterThreads">Whether threads that the sampled thread starts are sampled, too (kernel 5.13).</param>
    public static PerfEventAttributes Sampling(BpfPerfEvent sampled, bool withLaterThreads) => new()
    {
        Type = (uint)sampled.Type,
        Size = Length,
        Config = sampled.Config,
        Period = sampled.Frequency > 0 ? (ulong)sampled.Frequency : sampled.Period,
        Flags = (sampled.Frequency > 0 ? FrequencyFlag : 0) | (withLaterThreads ? InheritFlag | InheritThreadFlag : 0),
        Access = (uint)sampled.Access,
        Target = (void*)sampled.Address,
        Offset = (ulong)sampled.Length,
    };
}
