using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Two branches one behind the other that leave to the same place: the first goes where the second says no whenever the first does (a packet check
/// before a wider one of the same base), and two tests of bits of one value become one comparison. Between them nothing happens, so nobody sees which of them
/// it was. Of two packet checks the one that stays is the one that the accesses rely on.
/// </summary>
internal static class ImpliedChecks
{
    internal static void Run(Function function, PassContext context) => Run(function);

    /// <summary>Runs it.</summary>
    /// <returns>Whether anything changed.</returns>
    internal static bool Run(Function function)
    {
        bool changed = false;
        List<Block> blocks = ControlFlow.ReversePostorder(function);
        // From the end: what a block's second branch became is what the branch before it is compared with.
        for (int i = blocks.Count - 1; i >= 0; i--)
        {
            while (TryDropFirst(function, blocks[i])) changed = true;
        }
        if (changed) Dce.Run(function);
        return changed;
    }

    private static bool TryDropFirst(Function function, Block first)
    {
        if (first.Terminator.Op != Op.Branch) return false;
        for (int way = 0; way < 2; way++)
        {
            Block exit = first.Successors[way], second = first.Successors[1 - way];
            if (!IsTestOnly(second) || second == first || exit == second) continue;
            int exitOfSecond = second.Successors.IndexOf(exit);
            if (exitOfSecond < 0 || !ArriveAlike(exit, first, second)) continue;
            Value condition = first.Terminator.Arguments[0], later = second.Terminator.Arguments[0];
            if (!IsImplied(condition, way == 0, later, exitOfSecond == 0) && !TryJoinBits(function, second, condition, way == 0, later, exitOfSecond)) continue;
            Value jump = function.NewValue(Op.Jump, IrType.Void);
            jump.DebugId = first.Terminator.DebugId;
            first.ReplaceTerminator(jump, second);
            return true;
        }
        return false;
    }

    /// <summary>Whether a block is reached from one place only, computes and branches.</summary>
    private static bool IsTestOnly(Block block)
    {
        if (block.Predecessors.Count != 1 || block.Terminator.Op != Op.Branch) return false;
        for (int i = 0; i < block.Values.Count - 1; i++)
        {
            if (!block.Values[i].Op.IsPure() || block.Values[i].Op is Op.Phi or Op.Opaque) return false;
        }
        return true;
    }

    /// <summary>Whether a block's phis are the same whichever of two predecessors it is entered from.</summary>
    private static bool ArriveAlike(Block block, Block a, Block b)
    {
        int fromA = block.Predecessors.IndexOf(a), fromB = block.Predecessors.IndexOf(b);
        foreach (Value phi in block.Phis)
        {
            Value x = phi.Arguments[fromA], y = phi.Arguments[fromB];
            bool same = x == y || (x.Op == Op.Const && y.Op == Op.Const && x.Immediate == y.Immediate && x.Core is null && y.Core is null);
            if (!same) return false;
        }
        return true;
    }

    /// <summary>Whether a packet check fails wherever the one before it does.</summary>
    private static bool IsImplied(Value first, bool firstFailsWhen, Value second, bool secondFailsWhen)
    {
        if (PacketCheck(first, firstFailsWhen) is not { } narrow || PacketCheck(second, secondFailsWhen) is not { } wide || narrow.End != wide.End) return false;
        (Value narrowBase, long narrowOffset) = Base(narrow.Pointer);
        (Value wideBase, long wideOffset) = Base(wide.Pointer);
        return narrowBase == wideBase && wideOffset >= narrowOffset;
    }

    /// <summary>The pointer and the end of a check that fails where the pointer is beyond the end.</summary>
    private static (Value Pointer, Value End)? PacketCheck(Value condition, bool failsWhen)
    {
        if (condition.Op is not (Op.ULt or Op.ULe)) return null;
        (Value pointer, Value end) = condition.Op == Op.ULt ? (condition.Arguments[1], condition.Arguments[0]) : (condition.Arguments[0], condition.Arguments[1]);
        bool isCheck = pointer.Type.Region == Region.Packet && end.Type.Region == Region.PacketEnd && failsWhen == (condition.Op == Op.ULt);
        return isCheck ? (pointer, end) : null;
    }

    private static (Value Base, long Offset) Base(Value pointer)
    {
        long offset = 0;
        while (pointer.Op == Op.PtrAdd && pointer.Arguments.Count == 1 && pointer.Core is null)
        {
            offset += pointer.Immediate;
            pointer = pointer.Arguments[0];
        }
        return (pointer, offset);
    }

    /// <summary>Makes the second branch test both: <c>(x &amp; a) == b</c> with the bits of both.</summary>
    private static bool TryJoinBits(Function function, Block block, Value first, bool firstFailsWhen, Value second, int exit)
    {
        if (BitTest(first, !firstFailsWhen) is not { } a || BitTest(second, exit != 0) is not { } b || a.Value != b.Value) return false;
        // Bits that both look at must be asked for alike.
        if (((a.Wanted ^ b.Wanted) & a.Mask & b.Mask) != 0) return false;
        long mask = a.Mask | b.Mask, wanted = a.Wanted | b.Wanted;
        if (!a.Value.Type.IsI32 && (mask != (int)mask || wanted != (int)wanted)) return false;
        Emitter emit = new(function);
        Value branch = block.Terminator;
        block.Values.RemoveAt(block.Values.Count - 1);
        emit.At(block, second.DebugId);
        Value bits = emit.Add(Op.And, a.Value, mask);
        branch.Arguments[0] = emit.Add(exit == 0 ? Op.Ne : Op.Eq, IrType.I32, bits, emit.Const(a.Value.Type, wanted));
        block.Values.Add(branch);
        return true;
    }

    /// <summary>The bits of a value that are looked at, and what they are where a condition has an outcome; null if that is not what it says.</summary>
    private static (Value Value, long Mask, long Wanted)? BitTest(Value condition, bool outcome)
    {
        long compared = 0;
        Value and = condition;
        if (condition.Op is Op.Eq or Op.Ne)
        {
            if (!IsConst(condition.Arguments[1])) return null;
            compared = condition.Arguments[1].Immediate;
            and = condition.Arguments[0];
            if (condition.Op == Op.Ne) outcome = !outcome;
        }
        else
        {
            // A value is true where it is not 0.
            outcome = !outcome;
        }
        if (and.Op != Op.And || !IsConst(and.Arguments[1])) return null;
        long mask = and.Arguments[1].Immediate;
        if (outcome) return (compared & ~mask) == 0 ? (and.Arguments[0], mask, compared) : null;
        // Unequal says what a single bit is, but not what several are.
        bool isSingle = mask != 0 && (mask & (mask - 1)) == 0;
        return isSingle && (compared & ~mask) == 0 ? (and.Arguments[0], mask, compared ^ mask) : null;
    }

    private static bool IsConst(Value value) => value is { Op: Op.Const, Core: null, Type.IsPointer: false };
}
