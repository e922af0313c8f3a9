using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <content>Masks, shifts, swaps, extensions.</content>
internal sealed partial class Simplifier
{
    private Value? And(Value value)
    {
        Value a = value.Arguments[0], b = value.Arguments[1];
        if (a == b) return a;
        ulong possible = Possible(a);
        if (!IsConst(b, out long c)) return possible == 0 || Possible(b) == 0 ? Zero(value) : null;
        ulong mask = (ulong)c & KnownBits.Width(value.Type);
        if ((possible & mask) == 0) return Zero(value);
        if ((possible & ~mask) == 0) return a;
        if (a.Op == Op.And && IsConst(a.Arguments[1], out long inner)) return Become(value, Op.And, a.Arguments[0], inner & c);
        // The masked-out half of an or, xor, sum or extension need not be computed.
        if (a.Op is Op.Or or Op.Xor && (Possible(a.Arguments[1]) & mask) == 0) return Become(value, Op.And, a.Arguments[0], c);
        if (a.Op is Op.Or or Op.Xor && (Possible(a.Arguments[0]) & mask) == 0) return Become(value, Op.And, a.Arguments[1], c);
        if (a.Op is Op.SExt8 && mask <= 0xff) return Become(value, Op.And, a.Arguments[0], c);
        if (a.Op is Op.SExt16 && mask <= 0xffff) return Become(value, Op.And, a.Arguments[0], c);
        if (value.Type.IsI32) return null;
        // An immediate of 64-bit instructions is 32 bits wide, sign-extended: masks of the low word are moves.
        if (mask == uint.MaxValue) return Become(value, Op.ZExt32, _emit.Add(Op.Trunc, IrType.I32, a));
        if (a.Op == Op.SExt32 && mask < uint.MaxValue) return Become(value, Op.ZExt32, _emit.Add(Op.And, a.Arguments[0], (int)mask));
        return null;
    }

    private Value? Or(Value value)
    {
        Value a = value.Arguments[0], b = value.Arguments[1];
        if (a == b) return a;
        if (!IsConst(b, out long c)) return Possible(a) == 0 ? b : Possible(b) == 0 ? a : null;
        if (c == 0) return a;
        if (c == -1) return b;
        return a.Op == Op.Or && IsConst(a.Arguments[1], out long inner) ? Become(value, Op.Or, a.Arguments[0], inner | c) : null;
    }

    private Value? Xor(Value value)
    {
        Value a = value.Arguments[0], b = value.Arguments[1];
        if (a == b) return Zero(value);
        if (!IsConst(b, out long c)) return null;
        if (c == 0) return a;
        if (c == 1 && a.Op.Has(OpTraits.Compare)) return Inverted(value, a);
        return a.Op == Op.Xor && IsConst(a.Arguments[1], out long inner) ? Become(value, Op.Xor, a.Arguments[0], inner ^ c) : null;
    }

    private Value? Shift(Value value)
    {
        Value a = value.Arguments[0], b = value.Arguments[1];
        int bits = Bits(value.Type);
        if (IsConst(a, out long zero) && zero == 0) return a;
        if (!IsConst(b, out long c))
        {
            // The count is taken modulo the width, so a mask that keeps those bits changes nothing.
            if (b.Op != Op.And || !IsConst(b.Arguments[1], out long kept) || (kept & (bits - 1)) != bits - 1) return null;
            return Become(value, value.Op, a, b.Arguments[0]);
        }
        int count = (int)(c & (bits - 1));
        if (count == 0) return a;
        if (count != c) return Become(value, value.Op, a, count);
        if (value.Op == Op.AShr && KnownBits.IsNonNegative(a)) return Become(value, Op.LShr, a, count);
        if (value.Op == Op.LShr && Possible(a) >> count == 0) return Zero(value);
        if (a.Op is not (Op.Shl or Op.LShr or Op.AShr) || !IsConst(a.Arguments[1], out long innerCount)) return null;
        int inner = (int)(innerCount & (bits - 1));
        if (a.Op == value.Op)
        {
            if (inner + count < bits) return Become(value, value.Op, a.Arguments[0], inner + count);
            return value.Op == Op.AShr ? Become(value, Op.AShr, a.Arguments[0], bits - 1) : Zero(value);
        }
        if (value.Op == Op.LShr && a.Op == Op.AShr && count == bits - 1) return Become(value, Op.LShr, a.Arguments[0], count);
        // There and back again is a mask; a signed shift brings bits that are not masked out.
        if (inner != count || value.Op == Op.AShr || (value.Op == Op.LShr && a.Op != Op.Shl)) return null;
        ulong width = KnownBits.Width(value.Type);
        ulong mask = value.Op == Op.LShr ? width >> count : (width << count) & width;
        // A 64-bit mask that is no immediate would take more than the two shifts.
        bool isImmediate = value.Type.IsI32 || mask == uint.MaxValue || (long)mask == (int)(long)mask;
        return isImmediate ? Become(value, Op.And, a.Arguments[0], (long)mask) : null;
    }

    private Value? Swap(Value value)
    {
        Value a = value.Arguments[0];
        ulong width = value.Op == Op.Swap16 ? 0xffff : value.Op == Op.Swap32 ? uint.MaxValue : ulong.MaxValue;
        if (a.Op == value.Op) return Become(value, Op.And, a.Arguments[0], (long)width);
        return a.Op == Op.And && IsConst(a.Arguments[1], out long mask) && ((ulong)mask & width) == width
            ? Become(value, value.Op, a.Arguments[0]) : null;
    }

    private Value Mask(Value value, long mask) => Become(value, Op.And, value.Arguments[0], mask);

    private Value? SignExtend(Value value, int bits)
    {
        Value a = value.Arguments[0];
        ulong low = (1UL << bits) - 1;
        if (Possible(a) <= low >> 1) return a;
        if (a.Op == Op.And && IsConst(a.Arguments[1], out long mask) && ((ulong)mask & low) == low) return Become(value, value.Op, a.Arguments[0]);
        if (a.Op == Op.SExt8 || (a.Op == Op.SExt16 && bits == 16)) return a;
        return a.Op == Op.SExt16 ? Become(value, value.Op, a.Arguments[0]) : null;
    }

    private Value? ZExt32(Value value)
    {
        Value a = value.Arguments[0];
        // What becomes arithmetic of 32 bits is bounded by comparisons of that: the wide value would be another to the verifier.
        if (a.Op == Op.Trunc && Possible(a.Arguments[0]) <= uint.MaxValue && !IsModularAndNarrow(a.Arguments[0])) return a.Arguments[0];
        if (a.Op == Op.And && a.Arguments[0].Op == Op.Trunc && IsConst(a.Arguments[1], out long mask) && mask >= 0)
            return Become(value, Op.And, a.Arguments[0].Arguments[0], mask);
        return null;
    }

    private Value? SExt32(Value value)
    {
        Value a = value.Arguments[0];
        return KnownBits.IsNonNegative(a) ? Become(value, Op.ZExt32, a) : null;
    }

    private Value? Trunc(Value value)
    {
        Value a = value.Arguments[0];
        if (a.Op is Op.ZExt32 or Op.SExt32) return a.Arguments[0];
        if (IsModularAndNarrow(a)) return Become(value, a.Op, Narrowed(a.Arguments[0]), Narrowed(a.Arguments[1]));
        if (a.Op == Op.And && IsConst(a.Arguments[1], out long mask) && (uint)mask == uint.MaxValue) return Become(value, Op.Trunc, a.Arguments[0]);
        if (a.Op == Op.Shl && IsNarrow(a.Arguments[0]) && IsConst(a.Arguments[1], out long count) && count is > 0 and < 32)
            return Become(value, Op.Shl, Narrowed(a.Arguments[0]), count);
        return null;
    }

    /// <summary>Whether the low half of a result is that of the arguments' low halves, which are at hand.</summary>
    private static bool IsModularAndNarrow(Value value) =>
        value.Op is Op.Add or Op.Sub or Op.Mul or Op.And or Op.Or or Op.Xor && IsNarrow(value.Arguments[0]) && IsNarrow(value.Arguments[1]);

    /// <summary>Whether an i64 was an i32, or is a constant.</summary>
    private static bool IsNarrow(Value value) => value.Op is Op.ZExt32 or Op.SExt32 || IsConst(value, out _);

    private Value Narrowed(Value value) => IsConst(value, out long constant) ? _emit.Const(IrType.I32, constant) : value.Arguments[0];
}
