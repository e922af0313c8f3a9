using System.Collections.Immutable;
using static BpfSharp.Objects.Kernel.ProgramType;
using static BpfSharp.Objects.Kernel.ProgramTypeSet;

namespace BpfSharp.Objects.Kernel;

/// <summary>A member of a kernel struct that the verifier lets programs write.</summary>
/// <param name="Struct">The struct's name.</param>
/// <param name="Member">The member's name, with dots where it is inside of another.</param>
/// <param name="Types">The types of programs.</param>
/// <param name="Since">The first kernel that allows it.</param>
public sealed record KernelWrite(string Struct, string Member, ProgramTypeSet Types, KernelVersion Since);

/// <summary>A tracepoint whose first argument's target programs may change.</summary>
/// <param name="Name">The tracepoint.</param>
/// <param name="Struct">The struct that the argument points to; null for an integer.</param>
/// <param name="Size">The bytes that may be written.</param>
public sealed record WritableTracepoint(string Name, string? Struct, int Size);

/// <summary>
/// Where the verifier allows stores to the kernel's own structs: what <c>btf_struct_access</c> of the program types says, and the buffers of raw tracepoints. Everything else
/// can only be read.
/// </summary>
public static class KernelWrites
{
    private static readonly KernelVersion s_congestion = new(5, 6);

    /// <summary>Members behind pointers whose type the kernel knows.</summary>
    public static readonly ImmutableArray<KernelWrite> Members =
    [
        new("nf_conn", "mark", Of(Xdp, SchedCls), new(6, 1)),
        new("tcp_sock", "snd_cwnd", Of(StructOps), s_congestion),
        new("tcp_sock", "snd_cwnd_cnt", Of(StructOps), s_congestion),
        new("tcp_sock", "snd_ssthresh", Of(StructOps), s_congestion),
        new("tcp_sock", "ecn_flags", Of(StructOps), s_congestion),
        new("tcp_sock", "inet_conn.icsk_ca_priv", Of(StructOps), s_congestion),
        new("tcp_sock", "inet_conn.icsk_ack.pending", Of(StructOps), s_congestion),
    ];

    /// <summary>The tracepoints of the kernel's own tree (5.2 on); modules may have more.</summary>
    public static readonly ImmutableArray<WritableTracepoint> Tracepoints =
    [
        new("bpf_test_finish", null, 4),
        new("nbd_send_request", "nbd_request", 28),
    ];

    /// <summary>Whether some hook that is not an implementation of a kernel interface (<c>struct_ops</c>) may write a member.</summary>
    public static bool IsSettable(string type, string member) =>
        Members.Any(w => w.Struct == type && w.Member == member && !w.Types.Except(StructOps).IsEmpty) || Tracepoints.Any(t => t.Struct == type);
}
