using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Numbers that the body of a loop of many ways leaves in the frame, where it becomes a callback. Whether it goes on or stops the loop, the verifier looks at another round behind it, and
/// compares what rounds leave in the frame as it is, each byte: whether it was written, and what is known of it. A loop that fills in fields would be followed once for each combination
/// of those that are filled in, and of the ways out. So each round ends with the same: numbers of which nothing is known, that of the way out included. What an ordinary loop in the body
/// ends at stays as it is, and so does what may hold pointers.
/// </summary>
/// <param name="Slots">The variables that are written again.</param>
/// <param name="HidesExit">Whether the way out is a number like the others: not where a way leaves a pointer of its own.</param>
internal sealed record FrameNumbers(List<int> Slots, bool HidesExit)
{
    /// <summary>The most bytes of a variable that are written again.</summary>
    private const int MostBytes = 32;

    /// <summary>Finds them; null where the loop is followed as it is.</summary>
    internal static FrameNumbers? Find(Function function, NumberLoop loop, int[] offsets)
    {
        if (loop.Body.Count(static b => b.Terminator.Op == Op.Branch) < LoopComparisons.ManyBranches) return null;
        SlotUses uses = new(function, ControlFlow.ReversePostorder(function));
        HashSet<int> others = Others(function, uses), deciding = [.. Deciding(function, loop, uses)];
        List<int> written = [.. function.Slots.Select(static s => s.Index).Where(s => offsets[s] >= 0 && IsUsed(loop, uses, s))];
        List<int> slots = [.. written.Where(s => !others.Contains(s) && !deciding.Contains(s) && function.Slots[s].Size <= MostBytes)];
        // Whatever of it is written first: kernels before 6.3 let nothing be read that is not.
        Writer write = new(function, function.Entry, function.Entry.Values.FindLastIndex(static v => v.Op == Op.Parameter) + 1, loop.Start.DebugId);
        foreach (int slot in slots) write.Add(Op.Zero, IrType.Void, write.Slot(slot)).Immediate = function.Slots[slot].Size;
        return new FrameNumbers(slots, !written.Exists(others.Contains));
    }

    /// <summary>Writes the end of the body's rounds.</summary>
    /// <param name="body">The callback.</param>
    /// <param name="function">The function that the variables were in.</param>
    /// <param name="frame">Its parameter.</param>
    /// <param name="offsets">Where the variables are in the frame.</param>
    /// <param name="debugId">The loop's place.</param>
    /// <returns>The block to go to when the way out, or zero, was written at the frame's start.</returns>
    internal Block WriteEnd(Function body, Function function, Value frame, int[] offsets, int debugId)
    {
        body.Forgotten = [.. Slots.Select(s => (offsets[s], offsets[s] + function.Slots[s].Size))];
        if (HidesExit) body.Forgotten.Add((0, 8));
        Block end = body.AddBlock(), stops = body.AddBlock(), goesOn = body.AddBlock();
        Writer write = new(body, end, 0, debugId);
        Value zero = LoopTotals.Zero(write, IrType.I64), exit = write.Load(IrType.I64, Access.U64, frame);
        if (HidesExit) write.Store(Access.U64, frame, write.Binary(Op.Add, exit, zero));
        foreach (int slot in Slots)
        {
            int size = function.Slots[slot].Size;
            for (int at = 0, step; at < size; at += step)
            {
                (step, Access access) = (size - at) switch { >= 8 => (8, Access.U64), >= 4 => (4, Access.U32), >= 2 => (2, Access.U16), _ => (1, Access.U8) };
                IrType type = step == 8 ? IrType.I64 : IrType.I32;
                Value number = write.Load(type, access, frame, offsets[slot] + at);
                write.Store(access, frame, write.Binary(Op.Add, number, type.IsI32 ? write.Add(Op.Trunc, type, zero) : zero), offsets[slot] + at);
            }
        }
        end.Terminate(write.New(Op.Branch, IrType.Void, write.Add(Op.Ne, IrType.I32, exit, write.Const64(0))), stops, goesOn);
        foreach ((Block block, int result) in new[] { (stops, 1), (goesOn, 0) })
        {
            write = new(body, block, 0, debugId);
            block.Terminate(write.New(Op.Return, IrType.Void, write.Const64(result)));
        }
        return end;
    }

    /// <summary>The slots that hold pointers, may hold some, or whose addresses get anywhere else.</summary>
    private static HashSet<int> Others(Function function, SlotUses uses)
    {
        HashSet<int> others = [.. function.Slots.Select(static s => s.Index).Where(s => uses.Escapes[s] != SlotEscape.None)];
        List<(int, int)> copies = [];
        foreach (Value value in function.Blocks.SelectMany(static b => b.Values))
        {
            if (value.Op == Op.Load && value.Type.IsPointer || value.Op == Op.Store && value.Arguments[1].Type.IsPointer)
            {
                if (uses.TryAddress(value.Arguments[0], out int slot, out _)) others.Add(slot);
            }
            else if (value.Op == Op.Copy)
            {
                bool isTo = uses.TryAddress(value.Arguments[0], out int to, out _), isFrom = uses.TryAddress(value.Arguments[1], out int source, out _);
                if (isTo && isFrom) copies.Add((to, source));
                else if (isTo || isFrom) others.Add(isTo ? to : source);
            }
        }
        while (copies.Exists(c => others.Contains(c.Item1) != others.Contains(c.Item2) && (others.Add(c.Item1) | others.Add(c.Item2)))) { }
        return others;
    }

    /// <summary>What the ends of ordinary loops in the body are compared with.</summary>
    private static IEnumerable<int> Deciding(Function function, NumberLoop loop, SlotUses uses)
    {
        DominatorTree dominators = new(function);
        foreach (Block head in loop.Body.Where(b => b.Predecessors.Exists(p => loop.Body.Contains(p) && dominators.IsReachable(p) && dominators.Dominates(b, p))))
        {
            HashSet<Block> inner = ControlFlow.LoopOf(head, dominators);
            Stack<Value> work = new(inner.Where(b => b.Terminator.Op == Op.Branch && !b.Successors.TrueForAll(inner.Contains)).Select(static b => b.Terminator.Arguments[0]));
            HashSet<Value> seen = [];
            while (work.Count > 0)
            {
                Value value = work.Pop();
                if (!seen.Add(value)) continue;
                if (value.Op == Op.Load && uses.TryAddress(value.Arguments[0], out int slot, out _)) yield return slot;
                foreach (Value argument in value.Arguments) work.Push(argument);
            }
        }
    }

    /// <summary>Whether the body does anything with a slot but read it.</summary>
    private static bool IsUsed(NumberLoop loop, SlotUses uses, int slot) =>
        loop.Body.Any(b => b.Values.Exists(v =>
            v.Op is not (Op.Load or Op.PtrAdd) && v.Arguments.Where((_, i) => v.Op != Op.Copy || i == 0).Any(a => uses.TryAddress(a, out int to, out _) && to == slot)));
}
