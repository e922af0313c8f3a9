using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Comparisons, in a loop of many ways, of numbers that are used on. Behind each the verifier knows more of such a number, and it follows what comes for every combination of
/// what it knows. So a copy is compared of which the verifier does not know that it is one. What addresses, sizes and the ends of loops are computed from is compared itself,
/// and all is where something is held that has to be given back: whether it is may be in a number.
/// </summary>
internal static class LoopComparisons
{
    /// <summary>Loops with fewer branches are followed as they are, and so are those with fewer comparisons of this kind.</summary>
    internal const int ManyBranches = 9;

    private const int ManyComparisons = 3;

    internal static void Run(Function function, PassContext context)
    {
        DominatorTree dominators = new(function);
        List<HashSet<Block>> loops = [];
        HashSet<Value> ends = [];
        foreach (Block head in dominators.ReversePostorder)
        {
            if (!head.Predecessors.Exists(p => dominators.IsReachable(p) && dominators.Dominates(head, p))) continue;
            HashSet<Block> body = ControlFlow.LoopOf(head, dominators);
            loops.Add(body);
            foreach (Block block in body.Where(b => b.Terminator.Op == Op.Branch && !b.Successors.TrueForAll(body.Contains))) ends.Add(block.Terminator.Arguments[0]);
        }
        if (!loops.Exists(IsOfManyWays) || HeldResources.MayBeReached(context.Module, function)) return;
        HashSet<Value> needed = Needed(function);
        HashSet<Value> usedOn = [.. function.Blocks.SelectMany(static b => b.Values).Where(static v => !v.Op.Has(OpTraits.Compare)).SelectMany(static v => v.Arguments)];
        foreach (HashSet<Block> body in loops)
        {
            List<Value> conditions = [.. dominators.ReversePostorder.Where(b => body.Contains(b) && b.Terminator.Op == Op.Branch).Select(static b => b.Terminator.Arguments[0]).Distinct()];
            if (conditions.Count < ManyBranches) continue;
            conditions.RemoveAll(c => !c.Op.Has(OpTraits.Compare) || c.Arguments[0].Type.IsPointer || c.Arguments.Exists(LoopCounters.Is) || Side(c) < 0);
            if (conditions.Count < ManyComparisons) continue;
            foreach (Value condition in conditions) Hide(function, condition, Side(condition));

            // What the loop does not change is used on in the next round.
            int Side(Value condition) => condition.Arguments.FindIndex(a => a.Op is not (Op.Const or Op.Opaque) && !needed.Contains(a) && (!body.Contains(a.Block!) || (usedOn.Contains(a) && !ends.Contains(condition))));
        }
    }

    /// <summary>Whether a loop has many ways.</summary>
    internal static bool IsOfManyWays(HashSet<Block> body) => body.Count(static b => b.Terminator.Op == Op.Branch) >= ManyBranches;

    private static void Hide(Function function, Value condition, int side)
    {
        Writer write = new(function, condition.Block!, condition.Block!.Values.IndexOf(condition), condition.DebugId);
        Value copy = write.Add(Op.Opaque, condition.Arguments[side].Type, condition.Arguments[side]);
        copy.Immediate = 2;
        condition.Arguments[side] = copy;
    }

    /// <summary>What the verifier has to know: what addresses, arguments and the ends of loops are computed from.</summary>
    private static HashSet<Value> Needed(Function function)
    {
        HashSet<Value> needed = [];
        Stack<Value> work = new(function.Blocks.SelectMany(static b => b.Values).Where(IsDecided).SelectMany(static v => v.Arguments));
        while (work.Count > 0)
        {
            Value value = work.Pop();
            if (value.Type.IsPointer || !needed.Add(value) || !(value.Op == Op.Phi || value.Op.IsPure()) || LoopTotals.IsBounded(value)) continue;
            foreach (Value argument in value.Arguments) work.Push(argument);
        }
        return needed;
    }

    private static bool IsDecided(Value value) => value.Op is Op.PtrAdd or Op.CallHelper or Op.CallKernel or Op.CallFunction || (value.Op.Has(OpTraits.Compare) && value.Arguments.Exists(LoopCounters.Is));
}
