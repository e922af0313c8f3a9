using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <content>Comparisons.</content>
internal sealed partial class Simplifier
{
    private Value? Compare(Value value)
    {
        Value a = value.Arguments[0], b = value.Arguments[1];
        if (a == b) return _emit.Const(IrType.I32, value.Op is Op.Eq or Op.ULe or Op.SLe ? 1 : 0);
        if (a.Type.IsPointer) return ComparePointers(value, a, b);
        if (Narrow(value, a, b)) return value;
        if (value.Op is Op.Eq or Op.Ne) return IsConst(b, out long c) ? Equality(value, a, c) : EqualityOfTwo(value, a, b);
        return Order(value, a, b);
    }

    private Value? ComparePointers(Value value, Value a, Value b)
    {
        if (value.Op is not (Op.Eq or Op.Ne)) return null;
        if (IsNull(a) && IsNull(b)) return _emit.Const(IrType.I32, value.Op == Op.Eq ? 1 : 0);
        if (IsNull(a)) return Become(value, value.Op, b, a);
        Value start = Base(a).Base;
        bool isAddress = start.Op is Op.SlotAddress or Op.GlobalAddress or Op.MapAddress or Op.FunctionAddress;
        return isAddress && IsNull(b) ? _emit.Const(IrType.I32, value.Op == Op.Ne ? 1 : 0) : null;
    }

    private Value? Equality(Value value, Value a, long c)
    {
        bool equal = value.Op == Op.Eq;
        ulong bits = (ulong)c & KnownBits.Width(a.Type);
        ulong possible = Possible(a);
        if ((bits & ~possible) != 0) return _emit.Const(IrType.I32, equal ? 0 : 1);
        if (a.Type.IsI32 && possible <= 1)
        {
            bool same = equal == (c == 1);
            if (same) return a;
            if (a.Op.Has(OpTraits.Compare)) return Inverted(value, a);
        }
        if (a.Op == Op.Add && IsConst(a.Arguments[1], out long added)) return Become(value, value.Op, a.Arguments[0], Fit(a, c - added));
        if (a.Op == Op.Xor && IsConst(a.Arguments[1], out long flipped)) return Become(value, value.Op, a.Arguments[0], Fit(a, c ^ flipped));
        if (c == 0 && Tested(a) is { } tested) return Become(value, value.Op, tested, 0);
        if (ShiftOf(a) is (Op.Shl, var shifted, var left) && FitsShifted(shifted, left)) return Become(value, value.Op, shifted, (long)(bits >> left));
        if (c == 0 && a.Op is Op.Sub or Op.Xor) return Become(value, value.Op, a.Arguments[0], a.Arguments[1]);
        // A swap has no bits above its width, whether the verifier knows it or not.
        Value swap = a.Op == Op.And ? a.Arguments[0] : a;
        if (SwapWidth(swap.Op) is > 0 and int bytes && (bits & ~Low(bytes)) != 0) return _emit.Const(IrType.I32, equal ? 0 : 1);
        if (SwapWidth(a.Op) is > 0 and int width) return Become(value, value.Op, Masked(a.Arguments[0], width), (long)ConstantFolder.Swap(bits, width));
        if (a.Op == Op.And && SwapWidth(a.Arguments[0].Op) is > 0 and int masked && IsConst(a.Arguments[1], out long mask))
        {
            long swapped = (long)ConstantFolder.Swap((ulong)mask & Low(masked), masked);
            if (!a.Type.IsI32 && swapped != (int)swapped) return null;
            return Become(value, value.Op, _emit.Add(Op.And, a.Arguments[0].Arguments[0], swapped), (long)ConstantFolder.Swap(bits, masked));
        }
        return null;
    }

    private Value? EqualityOfTwo(Value value, Value a, Value b)
    {
        if (SwapWidth(a.Op) is not (> 0 and int width) || a.Op != b.Op) return null;
        return Become(value, value.Op, Masked(a.Arguments[0], width), Masked(b.Arguments[0], width));
    }

    private Value? Order(Value value, Value a, Value b)
    {
        bool unsigned = value.Op is Op.ULt or Op.ULe;
        ulong width = KnownBits.Width(a.Type);
        // Without sign bits both orders are the same; the unsigned one tells the verifier more.
        if (!unsigned && KnownBits.IsNonNegative(a) && KnownBits.IsNonNegative(b)) return Become(value, value.Op == Op.SLt ? Op.ULt : Op.ULe, a, b);
        if (IsConst(b, out long right))
        {
            ulong bits = (ulong)right & width;
            if (unsigned && Possible(a) < bits) return _emit.Const(IrType.I32, 1);
            if (value.Op == Op.ULt && bits == 0) return _emit.Const(IrType.I32, 0);
            if (value.Op == Op.ULt && bits == 1) return Become(value, Op.Eq, a, 0);
            if (value.Op == Op.ULe && bits == width) return _emit.Const(IrType.I32, 1);
            if (value.Op == Op.ULt && Unshifted(a, bits, false) is { } limit) return Become(value, Op.ULt, a.Arguments[0], limit);
            if (value.Op == Op.ULe && IsShort(a, right + 1)) return Become(value, Op.ULt, a, right + 1);
            if (value.Op == Op.SLe && right != Largest(a) && IsShort(a, right + 1)) return Become(value, Op.SLt, a, right + 1);
        }
        else if (IsConst(a, out long left))
        {
            ulong bits = (ulong)left & width;
            if (unsigned && Possible(b) < bits) return _emit.Const(IrType.I32, 0);
            if (value.Op == Op.ULe && bits == 0) return _emit.Const(IrType.I32, 1);
            if (value.Op == Op.ULt && bits == 0) return Become(value, Op.Ne, b, a);
            if (value.Op == Op.ULt && Unshifted(b, bits, true) is { } limit) return Become(value, Op.ULt, _emit.Const(a.Type, limit), b.Arguments[0]);
            if (value.Op == Op.ULe && IsShort(b, left - 1)) return Become(value, Op.ULt, _emit.Const(a.Type, left - 1), b);
            if (value.Op == Op.SLe && left != Smallest(b) && IsShort(b, left - 1)) return Become(value, Op.SLt, _emit.Const(a.Type, left - 1), b);
        }
        return null;
    }

    /// <summary>What is zero exactly where a masked value is, with a mask of what the shift or swap is of; null if it is none.</summary>
    private Value? Tested(Value masked)
    {
        if (masked.Op != Op.And || !IsConst(masked.Arguments[1], out long mask)) return null;
        Value inner = masked.Arguments[0];
        ulong bits = (ulong)mask & KnownBits.Width(masked.Type);
        ulong moved;
        if (ShiftOf(inner) is (Op.LShr, _, var count) && bits << count >> count == bits) moved = bits << count;
        else if (SwapWidth(inner.Op) is > 0 and int width) moved = ConstantFolder.Swap(bits & Low(width), width);
        else return null;
        if (!masked.Type.IsI32 && (long)moved != (int)moved) return null;
        if ((moved & ~KnownBits.Width(masked.Type)) != 0) return null;
        return _emit.Add(Op.And, inner.Arguments[0], (long)moved);
    }

    /// <summary>
    /// The constant to compare x with where a &lt; <paramref name="bits"/> (or the other way around) is asked of a = x shifted by a constant. An
    /// index that an address is computed from stays what is compared, and so does the end of a loop.
    /// </summary>
    private long? Unshifted(Value a, ulong bits, bool constantIsLess)
    {
        if (ShiftOf(a) is not var (op, x, count) || op == Op.AShr) return null;
        ulong result;
        if (op == Op.Shl)
        {
            if (!FitsShifted(x, count)) return null;
            result = constantIsLess || (bits & ((1UL << count) - 1)) == 0 ? bits >> count : (bits >> count) + 1;
        }
        else
        {
            ulong limit = constantIsLess ? bits + 1 : bits;
            if (limit == 0 || (limit << count) >> count != limit || limit << count > KnownBits.Width(a.Type)) return null;
            result = constantIsLess ? (limit << count) - 1 : limit << count;
        }
        return IsShort(a, (long)result) && result <= KnownBits.Width(a.Type) ? (long)result : null;
    }

    /// <summary>A shift by a constant that no address depends on.</summary>
    private (Op Op, Value Value, int Count)? ShiftOf(Value value) =>
        value.Op is Op.Shl or Op.LShr && IsConst(value.Arguments[1], out long count) && count > 0 && count < Bits(value.Type)
            && (value.Id >= _addressed.Length || !_addressed[value.Id]) ? (value.Op, value.Arguments[0], (int)count) : null;

    /// <summary>Whether a shift to the left loses no bit.</summary>
    private bool FitsShifted(Value value, int count)
    {
        ulong possible = Possible(value);
        return (possible << count) >> count == possible && possible << count <= KnownBits.Width(value.Type);
    }

    /// <summary>Compares as i32 what was extended from i32.</summary>
    private bool Narrow(Value value, Value a, Value b)
    {
        if (a.Type.IsI32) return false;
        (Value extended, Value other) = a.Op is Op.ZExt32 or Op.SExt32 ? (a, b) : (b, a);
        if (extended.Op is not (Op.ZExt32 or Op.SExt32)) return false;
        bool signed = extended.Op == Op.SExt32;
        Value narrow;
        if (other.Op == extended.Op) narrow = other.Arguments[0];
        else if (IsConst(other, out long c) && (signed ? c == (int)c : c == (uint)c)) narrow = _emit.Const(IrType.I32, c);
        else return false;
        Op op = signed ? value.Op : value.Op switch { Op.SLt => Op.ULt, Op.SLe => Op.ULe, _ => value.Op };
        if (extended == a) Become(value, op, a.Arguments[0], narrow);
        else Become(value, op, narrow, b.Arguments[0]);
        return true;
    }

    /// <summary>The opposite of a comparison, in the place of a value.</summary>
    private Value Inverted(Value value, Value comparison)
    {
        Value a = comparison.Arguments[0], b = comparison.Arguments[1];
        return comparison.Op switch
        {
            Op.Eq => Become(value, Op.Ne, a, b),
            Op.Ne => Become(value, Op.Eq, a, b),
            Op.ULt => Become(value, Op.ULe, b, a),
            Op.ULe => Become(value, Op.ULt, b, a),
            Op.SLt => Become(value, Op.SLe, b, a),
            _ => Become(value, Op.SLt, b, a),
        };
    }

    private Value Masked(Value value, int bytes) =>
        bytes == 8 || (bytes == 4 && value.Type.IsI32) ? value : _emit.Add(Op.And, value, (long)Low(bytes));

    private static int SwapWidth(Op op) => op switch { Op.Swap16 => 2, Op.Swap32 => 4, Op.Swap64 => 8, _ => 0 };

    private static ulong Low(int bytes) => bytes == 8 ? ulong.MaxValue : (1UL << (8 * bytes)) - 1;

    private static long Fit(Value value, long constant) => value.Type.IsI32 ? (int)constant : constant;

    private static long Largest(Value value) => value.Type.IsI32 ? int.MaxValue : long.MaxValue;

    private static long Smallest(Value value) => value.Type.IsI32 ? int.MinValue : long.MinValue;

    /// <summary>Whether a constant fits an instruction that compares with <paramref name="value"/>.</summary>
    private static bool IsShort(Value value, long constant) => value.Type.IsI32 || constant == (int)constant;
}
