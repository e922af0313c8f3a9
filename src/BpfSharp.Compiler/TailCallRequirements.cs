using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler;

/// <summary>Whether the kernel can leave the program where it makes a tail call: not out of a callback, and not with a record that is reserved or a connection that is held.</summary>
internal static class TailCallRequirements
{
    private const int TailCall = 12, Reserve = 131, Submit = 132, Discard = 133;

    /// <summary>Adds a diagnostic for each tail call that the verifier would refuse.</summary>
    public static void Check(Module module, ICollection<CompilerDiagnostic> diagnostics)
    {
        foreach (Function function in module.Functions)
        {
            HashSet<Value> refused = [];
            foreach (Value value in function.Blocks.SelectMany(static b => b.Values).ToList())
            {
                if (Is(value, TailCall) && !function.IsProgram && refused.Add(value)) Report(value, "in a loop that becomes a callback, as Bpf.Range does with this BpfMinimumKernel; leave the loop first");
                bool isConnection = value is { Op: Op.CallKernel, Symbol: KernelFunctions.FindConnectionXdp or KernelFunctions.FindConnectionTc };
                if (!Is(value, Reserve) && !isConnection) continue;
                foreach (Value call in TailCallsBehind(value))
                {
                    if (refused.Add(call)) Report(call, isConnection ? "while a tracked connection is held; dispose it first" : "while a record of a ring buffer is reserved; submit or discard it first");
                }
            }
        }

        void Report(Value call, string why) => diagnostics.Add(new CompilerDiagnostic("BPF0515", call.DebugId, [why]));
    }

    private static IEnumerable<Value> TailCallsBehind(Value reservation)
    {
        HashSet<Block> reached = [];
        Stack<(Block Block, int Index)> open = new([(reservation.Block!, reservation.Block!.Values.IndexOf(reservation) + 1)]);
        while (open.Count > 0)
        {
            (Block block, int i) = open.Pop();
            for (; i < block.Values.Count && !GivesBack(block.Values[i]); i++)
            {
                if (Is(block.Values[i], TailCall)) yield return block.Values[i];
            }
            if (i < block.Values.Count) continue;
            Block? without = WithoutRecord(block, reservation);
            foreach (Block successor in block.Successors)
            {
                if (successor != without && reached.Add(successor)) open.Push((successor, 0));
            }
        }
    }

    /// <summary>The successor to which a block goes if there is no record; null if it does not ask.</summary>
    private static Block? WithoutRecord(Block block, Value reservation)
    {
        if (block.Terminator is not { Op: Op.Branch, Arguments: [{ Op: Op.Eq or Op.Ne } comparison] } || !comparison.Arguments.Contains(reservation)) return null;
        return comparison.Arguments.Exists(static a => a is { Op: Op.Const, Immediate: 0 }) ? block.Successors[comparison.Op == Op.Eq ? 0 : 1] : null;
    }

    private static bool GivesBack(Value value) => Is(value, Submit) || Is(value, Discard) || value is { Op: Op.CallKernel, Symbol: KernelFunctions.ReleaseConnection };

    private static bool Is(Value value, int helper) => value.Op == Op.CallHelper && value.Immediate == helper;
}
