using BpfSharp.Objects.Instructions;

namespace BpfSharp.Compiler.Target;

/// <summary>
/// Orders the blocks so that most fall through to their successor, then writes the jumps that are left. Empty blocks vanish; a jump to
/// a block that only returns returns itself.
/// </summary>
internal static class Layout
{
    /// <summary>The longest tail that is repeated instead of jumped to: a jump costs one instruction too.</summary>
    private const int RepeatedTail = 1;

    private static readonly Dictionary<int, int> s_opposites = new()
    {
        [JumpOperation.Equal] = JumpOperation.NotEqual,
        [JumpOperation.NotEqual] = JumpOperation.Equal,
        [JumpOperation.Greater] = JumpOperation.LessOrEqual,
        [JumpOperation.LessOrEqual] = JumpOperation.Greater,
        [JumpOperation.GreaterOrEqual] = JumpOperation.Less,
        [JumpOperation.Less] = JumpOperation.GreaterOrEqual,
        [JumpOperation.SignedGreater] = JumpOperation.SignedLessOrEqual,
        [JumpOperation.SignedLessOrEqual] = JumpOperation.SignedGreater,
        [JumpOperation.SignedGreaterOrEqual] = JumpOperation.SignedLess,
        [JumpOperation.SignedLess] = JumpOperation.SignedGreaterOrEqual,
    };

    /// <summary>Orders the blocks of <paramref name="function"/> and completes their jumps.</summary>
    public static void Run(MachineFunction function)
    {
        function.Blocks = Order(function);
        WriteJumps(function);
    }

    /// <summary>Makes every edge to an empty block go to where that block goes.</summary>
    public static void SkipEmptyBlocks(MachineFunction function)
    {
        foreach (MachineBlock block in function.Blocks)
        {
            for (int i = 0; i < block.Successors.Count; i++)
            {
                MachineBlock target = block.Successors[i];
                for (int hops = 0; target.Instructions.Count == 0 && target.Successors.Count == 1 && hops < 1000; hops++) target = target.Successors[0];
                block.Successors[i] = target;
            }
            MachineInstruction? last = block.Instructions.Count > 0 ? block.Instructions[block.Instructions.Count - 1] : null;
            if (last is null || !last.IsConditionalJump) continue;
            last.Target = block.Successors[0];
            if (block.Successors.Count == 2 && block.Successors[0] == block.Successors[1])
            {
                block.Instructions.RemoveAt(block.Instructions.Count - 1);
                block.Successors.RemoveAt(1);
            }
        }
        HashSet<MachineBlock> reached = [function.Blocks[0]];
        Stack<MachineBlock> work = new(reached);
        while (work.Count > 0)
        {
            foreach (MachineBlock successor in work.Pop().Successors)
            {
                if (reached.Add(successor)) work.Push(successor);
            }
        }
        function.Blocks.RemoveAll(b => !reached.Contains(b));
    }

    private static List<MachineBlock> Order(MachineFunction function)
    {
        Dictionary<MachineBlock, int> waiting = function.Blocks.ToDictionary(static b => b, static _ => 0);
        foreach (MachineBlock successor in function.Blocks.SelectMany(static b => b.Successors)) waiting[successor]++;
        List<MachineBlock> order = [];
        HashSet<MachineBlock> placed = [];
        // The most recently left alternative comes next, so that what belongs together stays together; cold blocks come last.
        List<MachineBlock> pending = [function.Blocks[0]];
        List<MachineBlock> cold = [];
        while (pending.Count > 0 || cold.Count > 0)
        {
            List<MachineBlock> from = pending.Count > 0 ? pending : cold;
            MachineBlock? block = TakeReady(from, waiting, placed);
            while (block is not null)
            {
                placed.Add(block);
                order.Add(block);
                foreach (MachineBlock successor in block.Successors) waiting[successor]--;
                MachineBlock? next = FallThrough(block, placed, waiting);
                foreach (MachineBlock successor in block.Successors)
                {
                    if (successor != next && !placed.Contains(successor)) (successor.IsCold ? cold : pending).Add(successor);
                }
                block = next;
            }
        }
        return order;
    }

    private static MachineBlock? TakeReady(List<MachineBlock> pending, Dictionary<MachineBlock, int> waiting, HashSet<MachineBlock> placed)
    {
        pending.RemoveAll(placed.Contains);
        if (pending.Count == 0) return null;
        int index = pending.FindLastIndex(b => waiting[b] <= 0);
        if (index < 0) index = pending.Count - 1;
        MachineBlock block = pending[index];
        pending.RemoveAt(index);
        return block;
    }

    /// <summary>The successor that is best placed right behind <paramref name="block"/>; null if none is left.</summary>
    private static MachineBlock? FallThrough(MachineBlock block, HashSet<MachineBlock> placed, Dictionary<MachineBlock, int> waiting)
    {
        List<MachineBlock> open = [.. block.Successors.Where(s => !placed.Contains(s) && !s.IsCold)];
        if (open.Count < 2) return open.FirstOrDefault();
        bool isBitTest = block.Instructions[block.Instructions.Count - 1].Operation == JumpOperation.BitsSet;
        if (isBitTest) return open[1];
        // Inner loops first, then a block that nothing else leads to: a join waits for its other predecessors.
        if (open[0].LoopDepth != open[1].LoopDepth) return open[0].LoopDepth > open[1].LoopDepth ? open[0] : open[1];
        if (waiting[open[0]] <= 0 != waiting[open[1]] <= 0) return waiting[open[0]] <= 0 ? open[0] : open[1];
        return open[1].Successors.Count == 0 && open[0].Successors.Count > 0 ? open[0] : open[1];
    }

    private static void WriteJumps(MachineFunction function)
    {
        for (int i = 0; i < function.Blocks.Count; i++)
        {
            MachineBlock block = function.Blocks[i];
            MachineBlock? next = i + 1 < function.Blocks.Count ? function.Blocks[i + 1] : null;
            if (block.Successors.Count == 0) continue;
            if (block.Successors.Count == 1)
            {
                GoTo(block, block.Successors[0], next);
                continue;
            }
            MachineInstruction jump = block.Instructions[block.Instructions.Count - 1];
            if (block.Successors[0] == next && s_opposites.TryGetValue(jump.Operation, out int opposite))
            {
                block.Successors.Reverse();
                jump.Code = (jump.Code & ~0xf0) | opposite;
                jump.Target = block.Successors[0];
            }
            GoTo(block, block.Successors[1], next);
        }
    }

    private static void GoTo(MachineBlock block, MachineBlock target, MachineBlock? next)
    {
        if (target == next) return;
        int debugId = block.Instructions.Count > 0 ? block.Instructions[block.Instructions.Count - 1].DebugId : 0;
        if (target.Successors.Count == 0 && target.Instructions.Count <= RepeatedTail)
        {
            foreach (MachineInstruction instruction in target.Instructions) block.Instructions.Add(instruction.Clone());
            return;
        }
        block.Instructions.Add(new MachineInstruction { Code = Opcode.Goto, Target = target, DebugId = debugId });
    }
}
