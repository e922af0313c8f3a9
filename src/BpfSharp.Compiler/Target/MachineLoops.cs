namespace BpfSharp.Compiler.Target;

/// <summary>Finds out how deeply each block is nested in natural loops.</summary>
internal static class MachineLoops
{
    /// <summary>Sets <see cref="MachineBlock.LoopDepth"/> and removes blocks that are not reached.</summary>
    public static void Run(MachineFunction function)
    {
        HashSet<MachineBlock> seen = [function.Blocks[0]], active = [function.Blocks[0]];
        Dictionary<MachineBlock, List<MachineBlock>> predecessors = [];
        List<(MachineBlock From, MachineBlock Head)> backEdges = [];
        Stack<(MachineBlock Block, int Next)> stack = new();
        stack.Push((function.Blocks[0], 0));
        while (stack.Count > 0)
        {
            (MachineBlock block, int next) = stack.Pop();
            if (next == block.Successors.Count)
            {
                active.Remove(block);
                continue;
            }
            stack.Push((block, next + 1));
            MachineBlock successor = block.Successors[next];
            if (!predecessors.TryGetValue(successor, out List<MachineBlock>? list)) predecessors[successor] = list = [];
            list.Add(block);
            if (active.Contains(successor)) backEdges.Add((block, successor));
            if (!seen.Add(successor)) continue;
            active.Add(successor);
            stack.Push((successor, 0));
        }
        function.Blocks.RemoveAll(b => !seen.Contains(b));
        foreach (MachineBlock block in function.Blocks) block.LoopDepth = 0;
        foreach (IGrouping<MachineBlock, (MachineBlock From, MachineBlock Head)> loop in backEdges.GroupBy(static e => e.Head))
        {
            HashSet<MachineBlock> body = [loop.Key];
            Stack<MachineBlock> work = new(loop.Select(static e => e.From));
            while (work.Count > 0)
            {
                MachineBlock block = work.Pop();
                if (!body.Add(block)) continue;
                if (predecessors.TryGetValue(block, out List<MachineBlock>? from)) from.ForEach(work.Push);
            }
            foreach (MachineBlock block in body) block.LoopDepth++;
        }
    }
}
