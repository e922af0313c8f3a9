using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Analyses;

/// <summary>What the branches on the one way to a place tell of a condition.</summary>
internal static class EdgeConditions
{
    /// <summary>So many blocks are looked back.</summary>
    private const int Steps = 32;

    /// <summary>Whether <paramref name="condition"/> holds on the edge from <paramref name="from"/> to <paramref name="to"/>; null if it is not known.</summary>
    internal static bool? OnEdge(Value condition, Block from, Block to)
    {
        for (int step = 0; step < Steps; step++)
        {
            if (from.IsTerminated && from.Terminator is { Op: Op.Branch } branch && Implied(condition, branch.Arguments[0], from.Successors[0] == to) is { } known) return known;
            if (from.Predecessors.Count != 1) return null;
            to = from;
            from = from.Predecessors[0];
        }
        return null;
    }

    /// <summary>Whether a condition holds where another one is known; null if that does not tell.</summary>
    internal static bool? Implied(Value condition, Value known, bool holds)
    {
        if (condition == known) return holds;
        if (!condition.Op.Has(OpTraits.Compare) || !known.Op.Has(OpTraits.Compare)) return null;
        Value a = condition.Arguments[0], b = condition.Arguments[1], x = known.Arguments[0], y = known.Arguments[1];
        bool same = Same(a, x) && Same(b, y);
        bool crossed = Same(a, y) && Same(b, x);
        if (!same && !crossed) return null;
        return (condition.Op, known.Op) switch
        {
            (Op.Eq, Op.Eq) or (Op.Ne, Op.Ne) => holds,
            (Op.Eq, Op.Ne) or (Op.Ne, Op.Eq) => !holds,
            (Op.ULt, Op.ULt) or (Op.ULe, Op.ULe) or (Op.SLt, Op.SLt) or (Op.SLe, Op.SLe) when same => holds,
            (Op.ULt, Op.ULe) or (Op.ULe, Op.ULt) or (Op.SLt, Op.SLe) or (Op.SLe, Op.SLt) when crossed => !holds,
            _ => null,
        };
    }

    /// <summary>Whether a pointer cannot be null where <paramref name="to"/> is entered from <paramref name="from"/>.</summary>
    internal static bool IsNonNull(Value pointer, Block from, Block to)
    {
        if (IsNonNull(pointer)) return true;
        for (int step = 0; step < Steps; step++)
        {
            if (from.IsTerminated && from.Terminator is { Op: Op.Branch } branch && branch.Arguments[0] is { Op: Op.Eq or Op.Ne } comparison
                && comparison.Arguments[0] == pointer && comparison.Arguments[1] is { Op: Op.Const, Type.IsPointer: true }
                && (comparison.Op == Op.Ne) == (from.Successors[0] == to))
                return true;
            if (from.Predecessors.Count != 1) return false;
            to = from;
            from = from.Predecessors[0];
        }
        return false;
    }

    /// <summary>Whether a pointer is never null: an address, or computed from a pointer, which only those that were checked are. What a variable in memory refers to may be null.</summary>
    internal static bool IsNonNull(Value pointer) =>
        pointer.Op is Op.SlotAddress or Op.GlobalAddress or Op.MapAddress or Op.FunctionAddress or Op.PtrAdd
        || (pointer.Type.Region is Region.Context or Region.Packet or Region.PacketEnd or Region.PacketMeta && (pointer.Op == Op.Parameter || (pointer.Op == Op.Load && pointer.Arguments[0].Type.Region == Region.Context)));

    private static bool Same(Value a, Value b) => a == b || (a.Op == Op.Const && b.Op == Op.Const && a.Type.Kind == b.Type.Kind && a.Immediate == b.Immediate && a.Core is null && b.Core is null);
}
