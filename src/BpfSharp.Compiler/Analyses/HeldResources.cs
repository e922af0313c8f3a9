using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Analyses;

/// <summary>What a program has to give back before it ends: iterators, sockets, locks, records.</summary>
internal static class HeldResources
{
    /// <summary>bpf_sk_lookup_tcp, bpf_sk_lookup_udp, bpf_spin_lock, bpf_skc_lookup_tcp, bpf_ringbuf_reserve.</summary>
    private static readonly HashSet<long> s_helpers = [84, 85, 93, 99, 131];

    /// <summary>Whether a function may hold any of it somewhere, so that a way out that a pass puts in would not give it back.</summary>
    internal static bool MayBeIn(Function function) =>
        function.Blocks.Exists(static b => b.Values.Exists(static v => v.Op == Op.CallKernel || (v.Op == Op.CallHelper && s_helpers.Contains(v.Immediate))));
}
