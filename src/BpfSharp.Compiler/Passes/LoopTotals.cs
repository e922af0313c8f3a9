using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Sums and counts that long loops add up to. They start with a constant, and as long as the verifier knows what they are, each of their numbers is another state of the
/// program: a loop that counts what it finds is followed once for every count, and one of the kernel's iterators has no end then. So they start with a number that is as much,
/// but of which the verifier knows nothing. Where the loop compares a sum, the verifier knows it again behind the comparison: there each round adds such a zero. What bounds
/// a loop, or addresses something in it, stays known, and so does what nothing depends on: the verifier does not look at such numbers.
/// </summary>
internal static class LoopTotals
{
    /// <summary>Loops of fewer rounds are followed as they are.</summary>
    private const long FewRounds = 64;

    internal static void Run(Function function, PassContext context)
    {
        DominatorTree dominators = new(function);
        List<Loop> loops = FindLoops(dominators);
        // Whether something is held that has to be given back may be in a number.
        bool holds = loops.Exists(static l => l.IsOfManyWays) && HeldResources.MayBeReached(context.Module, function);
        // What ends a loop that counts in memory.
        HashSet<Value> deciding = [.. loops.Where(static l => l.Next is null && !l.IsCounted).SelectMany(static l => Sources(l.Body, l.Exits().Contains)).Where(static v => v.Op == Op.Load)];
        if (context.Callbacks.Contains(function.Name)) MemoryTotals.InCallback(function, deciding);
        HashSet<Value>? decisive = null;
        HashSet<Value> compared = Compared(function);
        for (int i = 0; i < loops.Count; i++)
        {
            (Block head, HashSet<Block> body, Value? next, List<Value> ends, _, bool isOfManyWays) = loops[i];
            isOfManyWays &= !holds;
            // A loop that its counter ends in any case needs no other number to be known; one of the kernel's iterators needs none at all.
            if (next is null && ends.Count == 0) continue;
            // An ordinary loop in a loop goes on with sums that start outside.
            bool isInside = loops.Take(i).Any(l => l.Body.Contains(head));
            HashSet<Value> needed = Needed(body, ends, dominators), comparedInside = Sources(body, Compares);
            decisive ??= Sources(new HashSet<Block>(function.Blocks), v => IsDecided(v) || (v.Op == Op.Return && !function.IsProgram));
            Zeros zeros = new(function, dominators.ImmediateDominator(head)!, next);
            foreach (Value phi in head.Phis.Where(p => !p.Type.IsPointer && !needed.Contains(p) && decisive.Contains(p) && (isOfManyWays || IsTotal(p, head, body, next is not null || !isInside ? IsKnown : static v => v.Op == Op.Const))).ToList())
            {
                if (isOfManyWays || comparedInside.Contains(phi)) HideEachRound(function, phi, head, body, zeros);
                else Hide(function, phi, head, body, next, IsKnown);
            }
            MemoryTotals.InLoop(function, body, zeros, deciding);
        }

        // Whether the verifier may know anything of a number: not of one that is loaded in its whole width, unless some way has compared it.
        bool IsKnown(Value value) => value.Op != Op.Load || value.Access.Size() < (value.Type.IsI32 ? 4 : 8) || compared.Contains(value);
    }

    /// <summary>Whether an operation compares its arguments; a branch on a number compares that with zero.</summary>
    private static bool Compares(Value value) => value.Op == Op.Branch || value.Op.Has(OpTraits.Compare);

    /// <summary>What is compared, and what that was converted from.</summary>
    private static HashSet<Value> Compared(Function function)
    {
        HashSet<Value> compared = [];
        foreach (Value argument in function.Blocks.SelectMany(static b => b.Values).Where(Compares).SelectMany(static v => v.Arguments))
        {
            Value value = argument;
            while (compared.Add(value) && value.Op is Op.Trunc or Op.ZExt32 or Op.SExt32) value = value.Arguments[0];
        }
        return compared;
    }

    /// <summary>A natural loop.</summary>
    /// <param name="Head">Its head.</param>
    /// <param name="Body">Its blocks.</param>
    /// <param name="Next">What asks a kernel's iterator for the next number, if that is what the loop goes over.</param>
    /// <param name="Ends">The comparisons, in each round, of its counters with numbers that are large, or known at run time only; none if one of them is with a small number.</param>
    /// <param name="IsCounted">Whether a counter ends it.</param>
    /// <param name="IsOfManyWays">Whether it has so many ways that each number counts (<see cref="LoopComparisons.IsOfManyWays"/>).</param>
    private sealed record Loop(Block Head, HashSet<Block> Body, Value? Next, List<Value> Ends, bool IsCounted, bool IsOfManyWays)
    {
        internal HashSet<Value> Exits() => [.. Body.Where(b => b.Terminator.Op == Op.Branch && !b.Successors.TrueForAll(Body.Contains)).Select(static b => b.Terminator.Arguments[0])];
    }

    private static List<Loop> FindLoops(DominatorTree dominators)
    {
        List<Loop> loops = [];
        foreach (Block head in dominators.ReversePostorder)
        {
            if (!head.Predecessors.Exists(p => dominators.Dominates(head, p))) continue;
            HashSet<Block> body = ControlFlow.LoopOf(head, dominators);
            if (body.Count == 1 && !head.Successors.Contains(head)) continue;
            Value? next = head.Values.Find(static v => v is { Op: Op.CallKernel, Symbol: KernelFunctions.NextNumber });
            bool isOfManyWays = LoopComparisons.IsOfManyWays(body);
            (List<Value> ends, bool isCounted) = next is null ? Ends(head, body, dominators, isOfManyWays ? 1 : FewRounds) : ([], false);
            loops.Add(new Loop(head, body, next, ends, isCounted, isOfManyWays));
        }
        return loops;
    }

    /// <summary>The zeros of a loop: made before it, of each type one at most.</summary>
    internal sealed class Zeros(Function function, Block before, Value? next)
    {
        private readonly Dictionary<IrType, Value> _made = [];

        internal Value Of(IrType type, int debugId)
        {
            if (!_made.TryGetValue(type, out Value? zero)) _made.Add(type, zero = Zero(new Writer(function, before, before.Values.Count - 1, debugId), before, type, next));
            return zero;
        }
    }

    private static (List<Value> Ends, bool IsCounted) Ends(Block head, HashSet<Block> body, DominatorTree dominators, long fewRounds)
    {
        List<Value> ends = [];
        foreach (Block block in body)
        {
            if (block.Terminator.Op != Op.Branch || block.Successors.TrueForAll(body.Contains) || !head.Predecessors.TrueForAll(p => !body.Contains(p) || dominators.Dominates(block, p))) continue;
            Value condition = block.Terminator.Arguments[0];
            if (!condition.Op.Has(OpTraits.Compare)) continue;
            for (int i = 0; i < 2; i++)
            {
                if (LoopCounters.Phi(condition.Arguments[i]) is not { } phi || phi.Block != head) continue;
                if (condition.Arguments[1 - i] is not { Op: Op.Const } end || Math.Abs(end.Immediate) > fewRounds) ends.Add(condition);
                else if (condition.Op is not (Op.Eq or Op.Ne)) return ([], true);
            }
        }
        return (ends, ends.Count > 0);
    }

    /// <summary>What addresses and sizes in the loop are computed from, where the round did not compare that, and what its ends are.</summary>
    private static HashSet<Value> Needed(ICollection<Block> body, List<Value> ends, DominatorTree dominators)
    {
        HashSet<Value> needed = [.. Sources(body, static v => v.Op is Op.CallHelper or Op.CallKernel or Op.CallFunction, IsBounded), .. Sources(body, ends.Contains)];
        foreach (Value address in body.SelectMany(static b => b.Values).Where(static v => v is { Op: Op.PtrAdd, Arguments.Count: 2 }))
        {
            bool IsHere(Value value) => IsLimited(value, address.Block!, body, dominators);
            needed.UnionWith(Sources(body, [address.Arguments[1]], v => IsBounded(v) || IsHere(v)).Where(v => !IsHere(v)));
        }
        return needed;
    }

    /// <summary>Whether a number was compared with a constant that it does not exceed, in the loop and on the way to a block.</summary>
    private static bool IsLimited(Value number, Block place, ICollection<Block> body, DominatorTree dominators)
    {
        for (Block at = place; dominators.ImmediateDominator(at) is { } before && before != at && body.Contains(before); at = before)
        {
            if (before.Terminator is not { Op: Op.Branch } branch || branch.Arguments[0] is not { Op: Op.ULt or Op.ULe } check || at.Predecessors.Count != 1) continue;
            int side = check.Arguments[0] == number ? 0 : check.Arguments[1] == number ? 1 : -1;
            if (side >= 0 && check.Arguments[1 - side].Op == Op.Const && before.Successors[side] == at) return true;
        }
        return false;
    }

    /// <summary>Whether the verifier knows as much of a result, or as little, whatever it knows of what it is computed from.</summary>
    internal static bool IsBounded(Value value) => (value.Op == Op.And && value.Arguments[1] is { Op: Op.Const, Immediate: >= 0 }) || RangeFacts.IsHidden(value);

    /// <summary>Whether the verifier needs to know the numbers that an operation takes.</summary>
    private static bool IsDecided(Value value) => value.Op is Op.PtrAdd or Op.CallHelper or Op.CallKernel or Op.CallFunction || Compares(value)
        || (value.Op == Op.Store && PacketChecks.Base(value.Arguments[0]).Start.Op is Op.SlotAddress or Op.Parameter);

    /// <summary>What the arguments of some operations are computed from in the loop.</summary>
    private static HashSet<Value> Sources(ICollection<Block> body, Func<Value, bool> isAsked, Func<Value, bool>? stops = null) =>
        Sources(body, body.SelectMany(static b => b.Values).Where(isAsked).SelectMany(static v => v.Arguments), stops);

    private static HashSet<Value> Sources(ICollection<Block> body, IEnumerable<Value> arguments, Func<Value, bool>? stops)
    {
        HashSet<Value> needed = [];
        Stack<Value> work = new(arguments);
        while (work.Count > 0)
        {
            Value value = work.Pop();
            if (value.Type.IsPointer || value.Block is null || !body.Contains(value.Block) || !needed.Add(value) || !(value.Op == Op.Phi || value.Op.IsPure()) || stops?.Invoke(value) == true) continue;
            foreach (Value argument in value.Arguments) work.Push(argument);
        }
        return needed;
    }

    /// <summary>Whether a phi starts with numbers that the verifier may know something of, and is added to in the loop.</summary>
    private static bool IsTotal(Value phi, Block head, HashSet<Block> body, Func<Value, bool> isKnown)
    {
        return phi.Arguments.Where((_, i) => !body.Contains(head.Predecessors[i])).Any(isKnown)
            && phi.Arguments.Where((_, i) => body.Contains(head.Predecessors[i])).Any(a => Leads(a, v => v == phi, body.Contains));
    }

    /// <summary>Whether a value is computed by arithmetic from one that is asked for.</summary>
    internal static bool Leads(Value value, Func<Value, bool> isStart, Func<Block, bool> isInside)
    {
        HashSet<(Value, bool)> seen = [];
        Stack<(Value Value, bool IsChanged)> work = new();
        work.Push((value, false));
        while (work.Count > 0)
        {
            (Value at, bool isChanged) = work.Pop();
            if (isStart(at))
            {
                if (isChanged) return true;
                continue;
            }
            if (at.Block is null || !isInside(at.Block) || !seen.Add((at, isChanged))) continue;
            bool isStep = at.Op is Op.Add or Op.Sub or Op.Mul or Op.Xor or Op.Or or Op.Shl;
            if (!isStep && at.Op is not (Op.Phi or Op.ZExt8 or Op.ZExt16 or Op.ZExt32 or Op.SExt8 or Op.SExt16 or Op.SExt32 or Op.Trunc or Op.And)) continue;
            foreach (Value argument in at.Arguments) work.Push((argument, isChanged || isStep));
        }
        return false;
    }

    private static void Hide(Function function, Value phi, Block head, HashSet<Block> body, Value? next, Func<Value, bool> isKnown)
    {
        for (int i = 0; i < phi.Arguments.Count; i++)
        {
            Block from = head.Predecessors[i];
            if (body.Contains(from) || !isKnown(phi.Arguments[i])) continue;
            Writer write = new(function, from, from.Values.Count - 1, phi.DebugId);
            Value zero = Zero(write, from, phi.Type, next);
            phi.Arguments[i] = phi.Arguments[i].IsConst(0) ? zero : write.Binary(Op.Add, zero, phi.Arguments[i]);
        }
    }

    private static void HideEachRound(Function function, Value phi, Block head, HashSet<Block> body, Zeros zeros)
    {
        for (int i = 0; i < phi.Arguments.Count; i++)
        {
            Block from = head.Predecessors[i];
            if (!body.Contains(from) || phi.Arguments[i] == phi) continue;
            Value zero = zeros.Of(phi.Type, phi.DebugId);
            phi.Arguments[i] = new Writer(function, from, from.Values.Count - 1, phi.DebugId).Binary(Op.Add, phi.Arguments[i], zero);
        }
    }

    /// <summary>A zero that the verifier does not know: what the kernel said of the iterator's numbers, or one that was forgotten.</summary>
    private static Value Zero(Writer write, Block from, IrType type, Value? next)
    {
        if (next?.Arguments[0] is { Op: Op.SlotAddress } iterator
            && from.Values.Find(v => v is { Op: Op.CallKernel, Symbol: KernelFunctions.NewNumbers } && v.Arguments[0].Op == Op.SlotAddress && v.Arguments[0].Immediate == iterator.Immediate) is { } made)
        {
            Value wide = write.Add(Op.ZExt32, IrType.I64, made);
            return type.IsI32 ? write.Add(Op.Trunc, type, write.Add(Op.Opaque, IrType.I64, wide)) : Wide(write, wide);
        }
        return Zero(write, type);
    }

    /// <summary>A number that the verifier forgets in the stack, as it does all but zeros, and what it lacks to zero. It needs no privilege, as an address that becomes a number would.</summary>
    internal static Value Zero(Writer write, IrType type)
    {
        Value forgotten = write.Add(Op.Opaque, IrType.I32, write.Const32(-1));
        forgotten.Immediate = 1;
        Value zero = write.Binary(Op.Add, forgotten, write.Const32(1));
        return type.IsI32 ? zero : Wide(write, write.Add(Op.ZExt32, type, zero));
    }

    /// <summary>Of a square of 32 bits the verifier knows that it is no negative number and how large it is at most; of that one's square it knows nothing.</summary>
    private static Value Wide(Writer write, Value number)
    {
        Value square = write.Binary(Op.Mul, number, number);
        return write.Binary(Op.Mul, square, square);
    }
}
