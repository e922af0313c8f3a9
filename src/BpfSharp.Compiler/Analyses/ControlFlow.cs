using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Analyses;

/// <summary>Orders of the control-flow graph.</summary>
public static class ControlFlow
{
    /// <summary>The blocks that the entry reaches, each before its successors except along back edges.</summary>
    public static List<Block> ReversePostorder(Function function)
    {
        List<Block> order = new(function.Blocks.Count);
        bool[] seen = new bool[function.BlockCount];
        Stack<(Block Block, int Next)> stack = new();
        stack.Push((function.Entry, 0));
        seen[function.Entry.Id] = true;
        while (stack.Count > 0)
        {
            (Block block, int next) = stack.Pop();
            if (next == block.Successors.Count)
            {
                order.Add(block);
                continue;
            }
            stack.Push((block, next + 1));
            // The last successor is left first, so the first successor follows its block where both orders are right.
            Block successor = block.Successors[block.Successors.Count - 1 - next];
            if (seen[successor.Id]) continue;
            seen[successor.Id] = true;
            stack.Push((successor, 0));
        }
        order.Reverse();
        return order;
    }

    /// <summary>Whether a way leads from a block back to it.</summary>
    public static bool IsInLoop(Block block)
    {
        HashSet<Block> seen = [];
        Stack<Block> work = new(block.Successors);
        while (work.Count > 0)
        {
            Block next = work.Pop();
            if (next == block) return true;
            if (!seen.Add(next)) continue;
            foreach (Block successor in next.Successors) work.Push(successor);
        }
        return false;
    }

    /// <summary>The blocks from which a way leads back to them.</summary>
    internal static HashSet<Block> InLoops(Function function)
    {
        HashSet<Block> inLoops = [], seen = [];
        // Kosaraju: in this order, what leads to a block and was not seen yet is what the block leads to as well.
        foreach (Block root in ReversePostorder(function))
        {
            if (!seen.Add(root)) continue;
            List<Block> together = [root];
            for (int i = 0; i < together.Count; i++) together.AddRange(together[i].Predecessors.Where(seen.Add));
            if (together.Count > 1 || root.Successors.Contains(root)) inLoops.UnionWith(together);
        }
        return inLoops;
    }

    /// <summary>The natural loop of a head: the head alone if there is none.</summary>
    internal static HashSet<Block> LoopOf(Block head, DominatorTree dominators)
    {
        HashSet<Block> body = [head];
        Stack<Block> work = new(head.Predecessors.Where(p => dominators.Dominates(head, p)));
        while (work.Count > 0)
        {
            Block block = work.Pop();
            if (!body.Add(block)) continue;
            foreach (Block predecessor in block.Predecessors) work.Push(predecessor);
        }
        return body;
    }

    /// <summary>Takes the blocks that the entry does not reach out of the function.</summary>
    /// <returns>Whether there were any.</returns>
    public static bool RemoveUnreachable(Function function)
    {
        List<Block> reachable = ReversePostorder(function);
        if (reachable.Count == function.Blocks.Count) return false;
        bool[] keep = new bool[function.BlockCount];
        foreach (Block block in reachable) keep[block.Id] = true;
        foreach (Block block in function.Blocks)
        {
            if (keep[block.Id]) continue;
            foreach (Block successor in block.Successors)
            {
                if (keep[successor.Id]) successor.RemovePredecessor(block);
            }
            foreach (Value value in block.Values) value.Block = null;
            block.Successors.Clear();
        }
        function.Blocks.RemoveAll(b => !keep[b.Id]);
        return true;
    }
}
