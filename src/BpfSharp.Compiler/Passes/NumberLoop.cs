using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>A loop over the kernel's iterator as the front end writes it: <c>new</c>; a head that asks <c>next</c> and leaves on null; the body; <c>destroy</c> on every way out.</summary>
/// <param name="Start">The call of <c>new</c>.</param>
/// <param name="Next">The call of <c>next</c>, in the head.</param>
/// <param name="Ends">The calls of <c>destroy</c>.</param>
/// <param name="Slot">The iterator's slot.</param>
/// <param name="Body">The blocks that come back to the head, without it.</param>
internal sealed record NumberLoop(Value Start, Value Next, List<Value> Ends, int Slot, HashSet<Block> Body)
{
    /// <summary>The block that asks for the next number.</summary>
    internal Block Head => Next.Block!;

    /// <summary>How many numbers there are: an i32.</summary>
    internal Value Count => Start.Arguments[2];

    /// <summary>The loop that starts at a call of <c>new</c>.</summary>
    internal static NumberLoop Find(Function function, Value start)
    {
        int slot = (int)start.Arguments[0].Immediate;
        Value? next = null;
        List<Value> ends = [];
        foreach (Value value in function.Blocks.SelectMany(static b => b.Values))
        {
            if (value.Op != Op.CallKernel || value.Arguments[0].Immediate != slot) continue;
            if (value.Symbol == KernelFunctions.NextNumber) next = value;
            else if (value.Symbol == KernelFunctions.DestroyNumbers) ends.Add(value);
        }
        if (next?.Block is not { } head) throw new InvalidOperationException($"%{start.Id} starts a loop that has no head.");
        HashSet<Block> body = [];
        Stack<Block> open = new(head.Predecessors.Where(p => Reaches(head, p)));
        while (open.Count > 0)
        {
            Block block = open.Pop();
            if (block == head || !body.Add(block)) continue;
            foreach (Block predecessor in block.Predecessors) open.Push(predecessor);
        }
        return new NumberLoop(start, next, ends, slot, body);
    }

    /// <summary>Whether a way leads from the head to a block. The block before the loop is in another loop, perhaps, so ways through <c>new</c> do not count.</summary>
    private static bool Reaches(Block head, Block block)
    {
        int slot = (int)head.Values.First(static v => v is { Op: Op.CallKernel, Symbol: KernelFunctions.NextNumber }).Arguments[0].Immediate;
        HashSet<Block> seen = [];
        Stack<Block> open = new([head]);
        while (open.Count > 0)
        {
            Block current = open.Pop();
            if (!seen.Add(current) || current != head && StartsOrEnds(current)) continue;
            if (current == block && current != head) return true;
            foreach (Block successor in current.Successors) open.Push(successor);
        }
        return false;

        bool StartsOrEnds(Block candidate) => candidate.Values.Any(v =>
            v is { Op: Op.CallKernel, Symbol: KernelFunctions.NewNumbers or KernelFunctions.DestroyNumbers } && v.Arguments[0].Immediate == slot);
    }

    /// <summary>The number of the round, where the body loads it through what <c>next</c> gave.</summary>
    internal Value Number(Function function) =>
        function.Blocks.SelectMany(static b => b.Values).Single(v => v.Op == Op.Load && v.Arguments[0] == Next);
}
