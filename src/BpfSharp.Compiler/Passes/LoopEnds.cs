using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;
using BpfSharp.Compiler.Target;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Ordinary loops whose end is known at run time only, around a loop of the kernel (an iterator, a callback). To see that the inner one ends the
/// verifier forgets the numbers that decided nothing so far (<c>widen_imprecise_scalars</c>, 6.4), the outer counter among them, and then it sees no
/// end of the outer loop. A comparison of the counter with the most that its end can be says nothing new, but it is decided by the counter, which is
/// kept for that. So it is with an end that the verifier cannot know, as it does not follow divisions and remainders; and around an ordinary loop, where verifiers before
/// Linux 6.8 take a counter in the stack that has decided nothing for one that stands still, and the outer loop for one without an end; so they do where the registers do not
/// suffice for what a loop needs; in a function that a loop calls they take any of the loop's counters for that.
/// </summary>
internal static class LoopEnds
{
    /// <summary>More rounds than these the verifier would not follow.</summary>
    private const ulong MostRounds = 1 << 13;

    internal static void Run(Function function, PassContext context)
    {
        if (!function.Blocks.Exists(static b => b.Values.Exists(static v => v.Op == Op.Phi))) return;
        bool callsLoops = CallsKernelLoop(function.Blocks, context.Module);
        DominatorTree dominators = new(function);
        if (context.Options.MinimumKernel.CompareTo((6, 8)) < 0) CountDown(function, dominators);
        HashSet<Block> heads = [.. function.Blocks.Where(h => h.Predecessors.Exists(p => dominators.IsReachable(p) && dominators.Dominates(h, p)))];
        bool mayStandStill = context.Options.MinimumKernel.CompareTo((6, 8)) < 0;
        if (!callsLoops && !mayStandStill && heads.Count < 2 && !function.Blocks.Exists(static b => b.Values.Exists(static v => RangeFacts.IsHiddenSomewhere(v)))) return;
        RangeFacts facts = new(function, new bool[function.ValueCount]), visible = new(function, [.. Enumerable.Repeat(true, function.ValueCount)]);
        List<(Block Block, Value Condition, int Side, int Stays, long Last)> checks = [];
        (Dictionary<Value, ValueRange> All, Dictionary<Value, ValueRange> Seen)? ranges = null;
        foreach (Block block in dominators.ReversePostorder)
        {
            if (block.Terminator.Op != Op.Branch || !block.Terminator.Arguments[0].Op.Has(OpTraits.Compare)) continue;
            Value condition = block.Terminator.Arguments[0];
            if (condition.Op is Op.Eq or Op.Ne || condition.Arguments[0].Type.IsPointer) continue;
            int side = LoopCounters.Is(condition.Arguments[0]) ? 0 : 1;
            Value end = condition.Arguments[1 - side];
            if (LoopCounters.Phi(condition.Arguments[side]) is not { } phi || end.Op == Op.Const || LoopCounters.Is(end)) continue;
            HashSet<Block> body = ControlFlow.LoopOf(phi.Block!, dominators);
            int stays = body.Contains(block.Successors[0]) ? 0 : 1;
            if (!body.Contains(block) || body.Contains(block.Successors[1 - stays])) continue;
            // What the condition allows at most: where it is "counter < end" the largest end, where it is "end < counter" the smallest.
            bool isSigned = condition.Op is Op.SLt or Op.SLe, fromAbove = side == 0 == (stays == 0);
            long last = Last(Computed(facts, end), isSigned, fromAbove);
            if (mayStandStill && !IsNear(last, fromAbove))
            {
                // What the ways to the loop have compared with other numbers.
                ranges ??= (Ends(function, false), Ends(function, true));
                last = Last(ranges.Value.All[condition], isSigned, fromAbove);
                if (IsNear(last, fromAbove) && !IsNear(Last(ranges.Value.Seen[condition], isSigned, fromAbove), fromAbove)) checks.Add((block, condition, side, stays, last));
                continue;
            }
            if (!IsNear(last, fromAbove)) continue;
            bool isAround = body.Any(b => b != phi.Block && heads.Contains(b)) || (callsLoops && CallsKernelLoop(body, context.Module))
                || (mayStandStill && (body.Any(static b => b.Values.Exists(static v => v.Op == Op.CallFunction)) || MayBeSpilled(phi.Block!, body)));
            if (!isAround && IsNear(Last(Computed(visible, end), isSigned, fromAbove), fromAbove)) continue;
            checks.Add((block, condition, side, stays, last));
        }
        foreach ((Block block, Value condition, int side, int stays, long last) in checks) Check(function, block, condition, side, stays, last);
    }

    /// <summary>What the comparisons compare counters with, there.</summary>
    private static Dictionary<Value, ValueRange> Ends(Function function, bool isVerifier)
    {
        Dictionary<Value, ValueRange> ends = [];
        Ranges.Observe(function, (value, facts) =>
        {
            if (value.Op.Has(OpTraits.Compare)) ends[value] = facts.Of(value.Arguments[LoopCounters.Is(value.Arguments[0]) ? 1 : 0]);
        }, isVerifier);
        return ends;
    }

    /// <summary>Numbers that loops count down to zero: verifiers before Linux 6.8 learn nothing of a number that is not zero, but something of one that is more.</summary>
    private static void CountDown(Function function, DominatorTree dominators)
    {
        foreach (Block block in dominators.ReversePostorder.Where(static b => b.Terminator.Op == Op.Branch))
        {
            Value condition = block.Terminator.Arguments[0];
            bool isNumber = !KnownBits.IsBool(condition), isDifference = condition.Op is Op.Eq or Op.Ne && condition.Arguments[1].IsConst(0);
            if (!isNumber && !isDifference) continue;
            Value number = isNumber ? condition : condition.Arguments[0];
            Value phi = number is { Op: Op.Add } && number.Arguments[1].Op == Op.Const ? number.Arguments[0] : number;
            if (phi.Op != Op.Phi || phi.Type.IsPointer || LoopCounters.Is(phi)) continue;
            HashSet<Block> body = ControlFlow.LoopOf(phi.Block!, dominators);
            if (!body.Contains(block) || block.Successors.TrueForAll(body.Contains)) continue;
            if (isDifference)
            {
                if (condition.Op == Op.Ne) condition.Arguments.Reverse();
                condition.Op = condition.Op == Op.Ne ? Op.ULt : Op.ULe;
                continue;
            }
            Writer write = new(function, block, block.Values.Count - 1, block.Terminator.DebugId);
            block.Terminator.Arguments[0] = write.Add(Op.ULt, IrType.I32, write.Add(Op.Const, number.Type), number);
        }
    }

    /// <summary>Whether a loop needs more values at a time than there may be registers for them: four where something is called.</summary>
    private static bool MayBeSpilled(Block head, HashSet<Block> body)
    {
        HashSet<Value> kept = [.. head.Phis];
        bool calls = false;
        foreach (Block block in body)
        {
            HashSet<Value> fresh = [];
            foreach (Value value in block.Values)
            {
                if (value.Op != Op.Phi) kept.UnionWith(value.Arguments.Where(a => !fresh.Contains(a) && a.Op is not (Op.Const or Op.SlotAddress or Op.GlobalAddress or Op.MapAddress or Op.FunctionAddress)));
                if (value.Op is Op.CallHelper or Op.CallKernel or Op.CallFunction)
                {
                    calls = true;
                    fresh.Clear();
                }
                fresh.Add(value);
            }
        }
        return kept.Count > Register.Allocatable - (calls ? Register.FirstPreserved : 0);
    }

    /// <summary>The range of a number, or of those that it is one of.</summary>
    private static ValueRange Computed(RangeFacts facts, Value end) =>
        end.Op == Op.Phi ? end.Arguments.Select(a => facts.Of(a)).Aggregate(static (a, b) => a.Join(b)) : facts.Computed(end);

    private static long Last(ValueRange range, bool isSigned, bool fromAbove) =>
        (isSigned, fromAbove) switch { (true, true) => range.SMax, (true, false) => range.SMin, (false, true) => (long)range.UMax, (false, false) => (long)range.UMin };

    private static bool IsNear(long last, bool fromAbove) => fromAbove ? (ulong)last <= MostRounds : last >= -(long)MostRounds && last <= (long)MostRounds;

    private static void Check(Function function, Block block, Value condition, int side, int stays, long last)
    {
        Value terminator = block.Terminator;
        Block exit = block.Successors[1 - stays], rest = BlockSplitting.Split(block, block.Values.Count - 1);
        Writer write = new(function, block, block.Values.Count, terminator.DebugId);
        Value limit = write.Add(Op.Const, condition.Arguments[1 - side].Type);
        limit.Immediate = last;
        Value check = side == 0 ? write.Add(condition.Op, IrType.I32, condition.Arguments[0], limit) : write.Add(condition.Op, IrType.I32, limit, condition.Arguments[1]);
        block.Terminate(write.New(Op.Branch, IrType.Void, check), stays == 0 ? [rest, exit] : [exit, rest]);
        foreach (Value phi in exit.Phis) phi.Arguments.Add(phi.Arguments[exit.Predecessors.IndexOf(rest)]);
    }

    private static bool CallsKernelLoop(IEnumerable<Block> blocks, Module module)
    {
        HashSet<string> seen = [];
        Stack<Block> work = new(blocks);
        while (work.Count > 0)
        {
            foreach (Value value in work.Pop().Values)
            {
                if (value is { Op: Op.CallKernel, Symbol: KernelFunctions.NextNumber } or { Op: Op.FunctionAddress }) return true;
                if (value is not { Op: Op.CallFunction, Symbol: { } name } || !seen.Add(name) || module.FindFunction(name) is not { } called) continue;
                foreach (Block block in called.Blocks) work.Push(block);
            }
        }
        return false;
    }
}
