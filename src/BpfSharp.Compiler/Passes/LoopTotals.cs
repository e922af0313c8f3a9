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
        if (context.Callbacks.Contains(function.Name)) MemoryTotals.InCallback(function);
        DominatorTree dominators = new(function);
        HashSet<Value>? decisive = null;
        List<HashSet<Block>> loops = [];
        foreach (Block head in dominators.ReversePostorder.ToArray())
        {
            if (!head.Predecessors.Exists(p => dominators.Dominates(head, p))) continue;
            Value[] phis = [.. head.Phis.Where(static p => !p.Type.IsPointer)];
            HashSet<Block> body = ControlFlow.LoopOf(head, dominators);
            if (body.Count == 1 && !head.Successors.Contains(head)) continue;
            Value? next = body.SelectMany(static b => b.Values).FirstOrDefault(static v => v is { Op: Op.CallKernel, Symbol: KernelFunctions.NextNumber });
            bool isIterator = next is not null && next.Block == head;
            // An ordinary loop in a loop goes on with sums that start outside.
            bool isInside = loops.Exists(l => l.Contains(head));
            loops.Add(body);
            // A loop that its counter ends in any case needs no other number to be known; one of the kernel's iterators needs none at all.
            Value? end = isIterator ? null : End(head, body, dominators);
            if (!isIterator && end is null) continue;
            HashSet<Value> needed = Needed(body, end), compared = Sources(body, static v => v.Op.Has(OpTraits.Compare));
            decisive ??= Sources(function.Blocks, v => IsDecided(v) || (v.Op == Op.Return && !function.IsProgram));
            Zeros zeros = new(function, dominators.ImmediateDominator(head)!, isIterator ? next : null);
            foreach (Value phi in phis.Where(p => !needed.Contains(p) && decisive.Contains(p) && IsTotal(p, head, body, withAny: isIterator || !isInside)))
            {
                if (compared.Contains(phi)) HideEachRound(function, phi, head, body, zeros);
                else Hide(function, phi, head, body, isIterator ? next : null);
            }
            MemoryTotals.InLoop(function, body, zeros);
        }
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

    /// <summary>The comparison, in each round, of a counter of the loop with a number that is large, or known at run time only.</summary>
    private static Value? End(Block head, HashSet<Block> body, DominatorTree dominators)
    {
        foreach (Block block in body)
        {
            if (block.Terminator.Op != Op.Branch || block.Successors.TrueForAll(body.Contains) || !head.Predecessors.TrueForAll(p => !body.Contains(p) || dominators.Dominates(block, p))) continue;
            Value condition = block.Terminator.Arguments[0];
            if (!condition.Op.Has(OpTraits.Compare)) continue;
            for (int i = 0; i < 2; i++)
            {
                if (LoopCounters.Phi(condition.Arguments[i]) is { } phi && phi.Block == head && condition.Arguments[1 - i] is var end && (end.Op != Op.Const || Math.Abs(end.Immediate) > FewRounds)) return condition;
            }
        }
        return null;
    }

    /// <summary>What addresses and sizes in the loop are computed from, and what its end is.</summary>
    private static HashSet<Value> Needed(ICollection<Block> body, Value? end) =>
    [
        .. Sources(body, static v => v.Op is Op.PtrAdd or Op.CallHelper or Op.CallKernel or Op.CallFunction, IsBounded),
        .. end is null ? [] : Sources(body, v => v == end),
    ];

    /// <summary>Whether the verifier knows as much of a result, or as little, whatever it knows of what it is computed from.</summary>
    private static bool IsBounded(Value value) => (value.Op == Op.And && value.Arguments[1] is { Op: Op.Const, Immediate: >= 0 }) || RangeFacts.IsHidden(value);

    /// <summary>Whether the verifier needs to know the numbers that an operation takes.</summary>
    private static bool IsDecided(Value value) => value.Op is Op.PtrAdd or Op.CallHelper or Op.CallKernel or Op.CallFunction || value.Op.Has(OpTraits.Compare)
        || (value.Op == Op.Store && PacketChecks.Base(value.Arguments[0]).Start.Op is Op.SlotAddress or Op.Parameter);

    /// <summary>What the arguments of some operations are computed from in the loop.</summary>
    private static HashSet<Value> Sources(ICollection<Block> body, Func<Value, bool> isAsked, Func<Value, bool>? stops = null)
    {
        HashSet<Value> needed = [];
        Stack<Value> work = new();
        foreach (Value argument in body.SelectMany(static b => b.Values).Where(isAsked).SelectMany(static v => v.Arguments)) work.Push(argument);
        while (work.Count > 0)
        {
            Value value = work.Pop();
            if (value.Type.IsPointer || value.Block is null || !body.Contains(value.Block) || !needed.Add(value) || !(value.Op == Op.Phi || value.Op.IsPure()) || stops?.Invoke(value) == true) continue;
            foreach (Value argument in value.Arguments) work.Push(argument);
        }
        return needed;
    }

    /// <summary>Whether a phi starts with numbers that the verifier may know something of, and is added to in the loop.</summary>
    private static bool IsTotal(Value phi, Block head, HashSet<Block> body, bool withAny)
    {
        bool isKnown = phi.Arguments.Where((_, i) => !body.Contains(head.Predecessors[i])).Any(a => a.Op == Op.Const || (withAny && IsKnown(a)));
        return isKnown && phi.Arguments.Where((_, i) => body.Contains(head.Predecessors[i])).Any(a => Leads(a, v => v == phi, body.Contains));
    }

    /// <summary>Whether the verifier may know anything of a number: not of one that is loaded in its whole width.</summary>
    private static bool IsKnown(Value value) => value.Op != Op.Load || value.Access.Size() < (value.Type.IsI32 ? 4 : 8);

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

    private static void Hide(Function function, Value phi, Block head, HashSet<Block> body, Value? next)
    {
        for (int i = 0; i < phi.Arguments.Count; i++)
        {
            Block from = head.Predecessors[i];
            if (body.Contains(from) || !IsKnown(phi.Arguments[i])) continue;
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

    /// <summary>Of a square of 32 bits the verifier knows nothing.</summary>
    private static Value Wide(Writer write, Value number) => write.Binary(Op.Mul, number, number);
}
