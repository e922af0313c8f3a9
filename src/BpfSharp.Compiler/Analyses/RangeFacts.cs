using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Analyses;

/// <summary>The ranges of values at one place: what their definitions say, narrowed by the branches that lead to the place.</summary>
/// <param name="function">The function.</param>
/// <param name="isAddressed">What addresses are computed from, by id: of that the verifier has to know what is said of it.</param>
/// <param name="followsAll">Whether every verifier learns from a comparison of two numbers that it does not know, and from one for being different (Linux 6.8).</param>
internal sealed class RangeFacts(Function function, bool[] isAddressed, bool followsAll = true)
{
    /// <summary>So many operations are computed anew from narrowed arguments.</summary>
    private const int Depth = 3;

    private readonly ValueRange?[] _ranges = new ValueRange?[function.ValueCount];
    private readonly Stack<(int Id, ValueRange? Before)> _undo = new();
    private readonly Dictionary<(int, int), List<(Value Condition, bool Holds)>> _relations = [];
    private readonly Stack<(int, int)> _relationUndo = new();

    /// <summary>Where the facts stand, to come back to.</summary>
    internal (int, int) Mark => (_undo.Count, _relationUndo.Count);

    /// <summary>Forgets what was assumed since a mark.</summary>
    internal void Restore((int Ranges, int Relations) mark)
    {
        while (_undo.Count > mark.Ranges)
        {
            (int id, ValueRange? before) = _undo.Pop();
            _ranges[id] = before;
        }
        while (_relationUndo.Count > mark.Relations)
        {
            List<(Value, bool)> list = _relations[_relationUndo.Pop()];
            list.RemoveAt(list.Count - 1);
        }
    }

    /// <summary>A value's range; null before its definition was visited.</summary>
    internal ValueRange? Known(Value value) => _ranges[value.Id];

    /// <summary>Sets the range at a value's definition.</summary>
    internal void Define(Value value, ValueRange range) => _ranges[value.Id] = range;

    /// <summary>A value's range here.</summary>
    internal ValueRange Of(Value value, int depth = Depth)
    {
        ValueRange known = _ranges[value.Id] ?? ValueRange.Full(value.Type);
        if (value.Op == Op.Const) return RangeTransfer.Of(value, static _ => default);
        if (depth == 0 || value.Op == Op.Phi || !value.Op.IsPure() || value.Arguments.Count == 0) return known;
        ValueRange now = known.Intersect(Computed(value, depth - 1), value.Type);
        return now.IsEmpty ? known : now;
    }

    /// <summary>Whether the verifier does not follow an operation: where an address or the end of a loop depends on it, it has to see a check.</summary>
    internal static bool IsHidden(Value value) => value.Op is Op.UDiv or Op.SDiv or Op.UMod or Op.SMod or Op.Neg or Op.Swap16 or Op.Swap32 or Op.Swap64
        || (value.Op is Op.Shl or Op.LShr or Op.AShr && value.Arguments[1].Op != Op.Const);

    /// <summary>Whether some verifier does not: before Linux 6.10 none follows more than sums, differences and ands with what it does not know.</summary>
    internal static bool IsHiddenSomewhere(Value value) => IsHidden(value) || (value.Op is Op.Mul or Op.Or or Op.Xor && value.Arguments[1].Op != Op.Const);

    /// <summary>The range of an operation from its arguments here.</summary>
    internal ValueRange Computed(Value value, int depth = Depth)
    {
        if (IsHiddenSomewhere(value) && isAddressed[value.Id]) return ValueRange.Full(value.Type);
        if (value.Op.Has(OpTraits.Compare))
            return Decide(value, depth) is { } holds ? ValueRange.Single(value.Type, holds ? 1 : 0) : ValueRange.Unsigned(value.Type, 0, 1);
        ValueRange range = RangeTransfer.Of(value, a => Of(a, depth));
        // No verifier remembers what was compared with what.
        if (value.Op != Op.Sub || isAddressed[value.Id] || !IsAtMost(value.Arguments[1], value.Arguments[0])) return range;
        return range.Intersect(ValueRange.Unsigned(value.Type, 0, Of(value.Arguments[0], depth).UMax - Of(value.Arguments[1], depth).UMin), value.Type);
    }

    /// <summary>Whether a number was compared with another one, which it does not exceed.</summary>
    private bool IsAtMost(Value number, Value other)
    {
        if (!_relations.TryGetValue(Pair(number, other), out List<(Value Condition, bool Holds)>? relations)) return false;
        return relations.Exists(r => r.Condition.Op is Op.ULt or Op.ULe && (r.Holds ? r.Condition.Arguments[0] == number : r.Condition.Arguments[1] == number));
    }

    /// <summary>Whether a comparison holds here; null if it may or may not.</summary>
    internal bool? Decide(Value comparison, int depth = Depth)
    {
        Value left = comparison.Arguments[0], right = comparison.Arguments[1];
        if (_relations.TryGetValue(Pair(left, right), out List<(Value, bool)>? relations))
        {
            foreach ((Value condition, bool holds) in relations)
            {
                if (EdgeConditions.Implied(comparison, condition, holds) is { } implied) return implied;
            }
        }
        ValueRange a = Of(left, depth), b = Of(right, depth);
        if (a.IsEmpty || b.IsEmpty) return null;
        return comparison.Op switch
        {
            Op.Eq => a.IsSingle && b.IsSingle && a.UMin == b.UMin ? true : Apart(a, b) ? false : null,
            Op.Ne => a.IsSingle && b.IsSingle && a.UMin == b.UMin ? false : Apart(a, b) ? true : null,
            Op.ULt => a.UMax < b.UMin ? true : a.UMin >= b.UMax ? false : null,
            Op.ULe => a.UMax <= b.UMin ? true : a.UMin > b.UMax ? false : null,
            Op.SLt => a.SMax < b.SMin ? true : a.SMin >= b.SMax ? false : null,
            _ => a.SMax <= b.SMin ? true : a.SMin > b.SMax ? false : null,
        };
    }

    /// <summary>Takes a condition as true or false from here on.</summary>
    internal void Assume(Value condition, bool holds)
    {
        Stack<Value> work = new([condition]);
        while (work.Count > 0)
        {
            Value next = work.Pop();
            AssumeOne(next, holds);
            if (!(next.Op == Op.And && holds || next.Op == Op.Or && !holds) || !next.Arguments.TrueForAll(KnownBits.IsBool)) continue;
            work.Push(next.Arguments[1]);
            work.Push(next.Arguments[0]);
        }
    }

    private void AssumeOne(Value condition, bool holds)
    {
        if (!holds) Narrow(condition, ValueRange.Single(condition.Type, 0));
        else if (KnownBits.IsBool(condition)) Narrow(condition, ValueRange.Single(condition.Type, 1));
        else Narrow(condition, ValueRange.Unsigned(condition.Type, 1, ulong.MaxValue).Intersect(ValueRange.Full(condition.Type), condition.Type), !followsAll);
        if (!condition.Op.Has(OpTraits.Compare)) return;
        Value a = condition.Arguments[0], b = condition.Arguments[1];
        if (a.Op != Op.Const && b.Op != Op.Const) Relate(condition, holds);
        ValueRange ra = Of(a), rb = Of(b);
        (Op op, bool swapped) = (condition.Op, holds) switch
        {
            (Op.Eq, false) => (Op.Ne, false),
            (Op.Ne, false) => (Op.Eq, false),
            (Op.ULt, false) => (Op.ULe, true),
            (Op.ULe, false) => (Op.ULt, true),
            (Op.SLt, false) => (Op.SLe, true),
            (Op.SLe, false) => (Op.SLt, true),
            (var same, _) => (same, false),
        };
        if (swapped) (a, b, ra, rb) = (b, a, rb, ra);
        AssumeOrder(op, a, b, ra, rb);
    }

    private void AssumeOrder(Op op, Value a, Value b, ValueRange ra, ValueRange rb)
    {
        ValueRange full = ValueRange.Full(a.Type);
        bool ofA = !followsAll && !rb.IsSingle, ofB = !followsAll && !ra.IsSingle;
        switch (op)
        {
            case Op.Eq:
                Narrow(a, rb, ofA);
                Narrow(b, ra, ofB);
                break;
            case Op.Ne:
                if (rb.IsSingle) Narrow(a, Without(ra, rb), !followsAll);
                if (ra.IsSingle) Narrow(b, Without(rb, ra), !followsAll);
                break;
            case Op.ULt when rb.UMax > 0 && ra.UMin < full.UMax:
                Narrow(a, full with { UMax = rb.UMax - 1 }, ofA);
                // What is more than zero is compared for being another number.
                Narrow(b, full with { UMin = ra.UMin + 1 }, ofB || (!followsAll && ra.UMax == 0));
                break;
            case Op.ULe:
                Narrow(a, full with { UMax = rb.UMax }, ofA);
                Narrow(b, full with { UMin = ra.UMin }, ofB);
                break;
            case Op.SLt when rb.SMax > full.SMin && ra.SMin < full.SMax:
                Narrow(a, full with { SMax = rb.SMax - 1 }, ofA);
                Narrow(b, full with { SMin = ra.SMin + 1 }, ofB);
                break;
            case Op.SLe:
                Narrow(a, full with { SMax = rb.SMax }, ofA);
                Narrow(b, full with { SMin = ra.SMin }, ofB);
                break;
        }
    }

    /// <summary>Narrows a number by what a comparison says of it, which some verifier may not learn.</summary>
    private void Narrow(Value value, ValueRange by, bool isHidden = false)
    {
        while (value.Op != Op.Const)
        {
            // The counter of a loop the verifier knows anyway.
            if (isHidden && isAddressed[value.Id] && !LoopCounters.Is(value)) return;
            ValueRange before = Of(value);
            ValueRange after = before.Intersect(by, value.Type);
            // A contradiction: this way is never taken, and anything may be said of it.
            if (after.IsEmpty || after == before) return;
            _undo.Push((value.Id, _ranges[value.Id]));
            _ranges[value.Id] = after;
            if (OfArgument(value, after) is not { } next) return;
            (value, by) = (value.Arguments[0], next);
        }
    }

    /// <summary>What a value's range says of its first argument; null if it says nothing.</summary>
    private ValueRange? OfArgument(Value value, ValueRange range) => value.Op switch
    {
        Op.ZExt32 => ValueRange.Full(IrType.I32) with { UMin = Math.Min(range.UMin, uint.MaxValue), UMax = Math.Min(range.UMax, uint.MaxValue) },
        // Of what was sign-extended the verifier learns nothing when it learns of the result.
        Op.SExt32 when !isAddressed[value.Arguments[0].Id] => ValueRange.Full(IrType.I32) with { SMin = Math.Max(range.SMin, int.MinValue), SMax = Math.Min(range.SMax, int.MaxValue) },
        Op.Trunc when Of(value.Arguments[0]).UMax <= uint.MaxValue => ValueRange.Unsigned(IrType.I64, range.UMin, range.UMax),
        // Nor, before Linux 6.10, of what a constant was added to.
        Op.Add when value.Arguments[1].Op == Op.Const && value.Arguments[1].Core is null && (followsAll || !isAddressed[value.Arguments[0].Id] || LoopCounters.Is(value)) => RangeTransfer.Difference(value.Type, range, Of(value.Arguments[1]), ValueRange.Full(value.Type)),
        _ => null,
    };

    private void Relate(Value condition, bool holds)
    {
        (int, int) pair = Pair(condition.Arguments[0], condition.Arguments[1]);
        if (!_relations.TryGetValue(pair, out List<(Value, bool)>? list)) _relations[pair] = list = [];
        list.Add((condition, holds));
        _relationUndo.Push(pair);
    }

    private static (int, int) Pair(Value a, Value b) => a.Id < b.Id ? (a.Id, b.Id) : (b.Id, a.Id);

    private static bool Apart(ValueRange a, ValueRange b) => a.UMax < b.UMin || b.UMax < a.UMin || a.SMax < b.SMin || b.SMax < a.SMin;

    private static ValueRange Without(ValueRange range, ValueRange single)
    {
        if (range.UMin == single.UMin && range.UMin < range.UMax) range = range with { UMin = range.UMin + 1 };
        if (range.UMax == single.UMax && range.UMin < range.UMax) range = range with { UMax = range.UMax - 1 };
        if (range.SMin == single.SMin && range.SMin < range.SMax) range = range with { SMin = range.SMin + 1 };
        if (range.SMax == single.SMax && range.SMin < range.SMax) range = range with { SMax = range.SMax - 1 };
        return range;
    }
}
