using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Which loops the kernel's iterator suits. Until the verifier has seen every way through an iterator's loop, and through the loops around it, it compares all that a way
/// leaves in registers and on the stack, needed or not: a loop of many ways it follows for each combination of them. Of a callback's ways nothing is left but what they leave
/// in the frame.
/// </summary>
internal static class IteratorLoops
{
    /// <summary>A loop with more branches than these, the loops around it and the functions that they call included, is none for an iterator.</summary>
    private const int MostBranches = 8;

    /// <summary>Whether an iterator suits a loop. The blocks of loops that become callbacks do not count.</summary>
    internal static bool Suits(Module module, Function function, NumberLoop loop, HashSet<Block> outlined) =>
        Branches(module, function, loop.Head, [], outlined) <= MostBranches || HeldResources.MayBeReached(module, function);

    /// <summary>The branches of all loops around a block, of the functions that call its function as well.</summary>
    private static int Branches(Module module, Function function, Block block, HashSet<Function> seen, HashSet<Block> outlined)
    {
        if (!seen.Add(function)) return 0;
        HashSet<Block> loops = Closure(block, static b => b.Successors);
        loops.IntersectWith(Closure(block, static b => b.Predecessors));
        int count = Branches(module, loops, [], outlined);
        foreach (Function caller in module.Functions)
        {
            foreach (Block from in caller.Blocks.Where(b => b.Values.Exists(v => v.Op == Op.CallFunction && v.Symbol == function.Name))) count += Branches(module, caller, from, seen, outlined);
        }
        return count;
    }

    private static int Branches(Module module, IEnumerable<Block> blocks, HashSet<string> called, HashSet<Block> outlined)
    {
        int count = 0;
        foreach (Block block in blocks.Where(b => !outlined.Contains(b)))
        {
            if (block.Terminator.Op == Op.Branch) count++;
            foreach (Value call in block.Values.Where(static v => v.Op == Op.CallFunction))
            {
                if (called.Add(call.Symbol!) && module.FindFunction(call.Symbol!) is { } function) count += Branches(module, function.Blocks, called, outlined);
            }
        }
        return count;
    }

    /// <summary>What is reached from a block, itself only if ways come back to it.</summary>
    private static HashSet<Block> Closure(Block start, Func<Block, IEnumerable<Block>> next)
    {
        HashSet<Block> reached = [];
        Stack<Block> open = new(next(start));
        while (open.Count > 0)
        {
            Block block = open.Pop();
            if (!reached.Add(block)) continue;
            foreach (Block other in next(block)) open.Push(other);
        }
        return reached;
    }
}
