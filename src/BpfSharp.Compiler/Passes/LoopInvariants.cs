using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Comparisons, in a loop of many ways, of numbers that the loop does not change. Behind each the verifier knows more of such a number, and it follows the rounds that come for
/// every combination of what it knows. So a copy is compared of which the verifier does not know that it is one. What addresses, sizes and the ends of loops are computed from
/// is compared itself, and all is where something is held that has to be given back: whether it is may be in a number.
/// </summary>
internal static class LoopInvariants
{
    /// <summary>Loops with fewer branches, and with fewer comparisons of this kind, are followed as they are.</summary>
    private const int ManyBranches = 9, ManyComparisons = 3;

    internal static void Run(Function function, PassContext context)
    {
        DominatorTree dominators = new(function);
        HashSet<Value>? needed = null;
        foreach (Block head in dominators.ReversePostorder)
        {
            if (!head.Predecessors.Exists(p => dominators.IsReachable(p) && dominators.Dominates(head, p))) continue;
            HashSet<Block> body = ControlFlow.LoopOf(head, dominators);
            List<Value> conditions = [.. dominators.ReversePostorder.Where(b => body.Contains(b) && b.Terminator.Op == Op.Branch).Select(static b => b.Terminator.Arguments[0])];
            if (conditions.Count < ManyBranches) continue;
            if (HeldResources.MayBeReached(context.Module, function)) return;
            needed ??= Needed(function);
            List<Value> compared = [.. conditions.Where(c => c.Op.Has(OpTraits.Compare) && !c.Arguments.Exists(LoopCounters.Is) && c.Arguments.Exists(IsInvariant)).Distinct()];
            if (compared.Count < ManyComparisons) continue;
            foreach (Value condition in compared) Hide(function, condition, condition.Arguments.FindIndex(IsInvariant));

            bool IsInvariant(Value number) => !number.Type.IsPointer && number.Op is not (Op.Const or Op.Opaque) && !body.Contains(number.Block!) && !needed.Contains(number);
        }
    }

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
