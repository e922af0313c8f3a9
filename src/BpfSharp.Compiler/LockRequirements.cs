using BpfSharp.Compiler.IR;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Compiler;

/// <summary>Whether anything is called while a spin lock is held, which the verifier forbids on all kernels that the compiler serves.</summary>
internal static class LockRequirements
{
    private const int Lock = 93, Unlock = 94;

    /// <summary>Adds a diagnostic for each call between a lock and its release.</summary>
    public static void Check(Module module, ICollection<CompilerDiagnostic> diagnostics)
    {
        HashSet<(string Name, int DebugId)> reported = [];
        foreach (Function function in module.Functions)
        {
            foreach (Value call in CallsUnderLock(function))
            {
                string name = call.Op == Op.CallHelper ? Helpers.Find((int)call.Immediate)?.Name ?? $"helper {call.Immediate}" : call.Symbol!;
                if (reported.Add((name, call.DebugId))) diagnostics.Add(new CompilerDiagnostic("BPF0510", call.DebugId, [name]));
            }
        }
    }

    private static IEnumerable<Value> CallsUnderLock(Function function)
    {
        HashSet<Block> reached = [];
        foreach (Block block in function.Blocks)
        {
            for (int at = 0; at < block.Values.Count; at++)
            {
                if (!Is(block.Values[at], Lock)) continue;
                foreach (Value call in From(block, at + 1, reached)) yield return call;
            }
        }
    }

    private static IEnumerable<Value> From(Block start, int index, HashSet<Block> reached)
    {
        Stack<(Block Block, int Index)> open = new([(start, index)]);
        while (open.Count > 0)
        {
            (Block block, int i) = open.Pop();
            for (; i < block.Values.Count && !Is(block.Values[i], Unlock); i++)
            {
                if (block.Values[i].Op is Op.CallHelper or Op.CallKernel or Op.CallFunction) yield return block.Values[i];
            }
            if (i < block.Values.Count) continue;
            foreach (Block successor in block.Successors)
            {
                if (reached.Add(successor)) open.Push((successor, 0));
            }
        }
    }

    private static bool Is(Value value, int helper) => value.Op == Op.CallHelper && value.Immediate == helper;
}
