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

    /// <summary>Whether a function, or one that it calls, may hold something else than an iterator: a callback cannot give back what was taken around it.</summary>
    internal static bool MayBeReached(Module module, Function function)
    {
        HashSet<Function> seen = [function];
        Stack<Function> open = new(seen);
        while (open.Count > 0)
        {
            foreach (Value value in open.Pop().Blocks.SelectMany(static b => b.Values))
            {
                if (value.Op == Op.CallHelper && s_helpers.Contains(value.Immediate)) return true;
                if (value is { Op: Op.CallKernel, Symbol: not (KernelFunctions.NewNumbers or KernelFunctions.NextNumber or KernelFunctions.DestroyNumbers) }) return true;
                if (value is { Op: Op.CallFunction, Symbol: { } name } && module.FindFunction(name) is { } called && seen.Add(called)) open.Push(called);
            }
        }
        return false;
    }
}
