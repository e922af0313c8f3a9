using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <content>Sums, products, quotients.</content>
internal sealed partial class Simplifier
{
    private Value? Add(Value value)
    {
        Value a = value.Arguments[0], b = value.Arguments[1];
        if (IsConst(b, out long c))
        {
            if (c == 0) return a;
            if (a.Op == Op.Add && IsConst(a.Arguments[1], out long inner)) return Become(value, Op.Add, a.Arguments[0], inner + c);
            if (a.Op == Op.Sub && IsConst(a.Arguments[0], out long minuend)) return Become(value, Op.Sub, _emit.Const(value.Type, minuend + c), a.Arguments[1]);
            return null;
        }
        if (b.Op == Op.Neg) return Become(value, Op.Sub, a, b.Arguments[0]);
        if (a.Op == Op.Neg) return Become(value, Op.Sub, b, a.Arguments[0]);
        if (a.Op == Op.Sub && a.Arguments[1] == b) return a.Arguments[0];
        if (b.Op == Op.Sub && b.Arguments[1] == a) return b.Arguments[0];
        if (a == b) return Become(value, Op.Shl, a, 1);
        return null;
    }

    private Value? Sub(Value value)
    {
        Value a = value.Arguments[0], b = value.Arguments[1];
        if (a == b) return Zero(value);
        if (IsConst(b, out long c)) return c == 0 ? a : Become(value, Op.Add, a, -c);
        if (IsConst(a, out long zero) && zero == 0) return Become(value, Op.Neg, b);
        if (b.Op == Op.Neg) return Become(value, Op.Add, a, b.Arguments[0]);
        if (a.Op == Op.Add && a.Arguments[1] == b) return a.Arguments[0];
        if (a.Op == Op.Add && a.Arguments[0] == b) return a.Arguments[1];
        return null;
    }

    private Value? Mul(Value value)
    {
        Value a = value.Arguments[0];
        if (!IsConst(value.Arguments[1], out long c)) return null;
        if (c == 0) return Zero(value);
        if (c == 1) return a;
        if (c == -1) return Become(value, Op.Neg, a);
        if (PowerOfTwo(value.Type, c) is >= 0 and int power) return Become(value, Op.Shl, a, power);
        if (a.Op == Op.Mul && IsConst(a.Arguments[1], out long inner)) return Become(value, Op.Mul, a.Arguments[0], inner * c);
        return a.Op == Op.Shl && IsConst(a.Arguments[1], out long count)
            ? Become(value, Op.Mul, a.Arguments[0], c << (int)(count & (Bits(value.Type) - 1))) : null;
    }

    private Value? UDiv(Value value)
    {
        Value a = value.Arguments[0];
        if (!IsConst(value.Arguments[1], out long c)) return null;
        if (c == 0) return Zero(value);
        if (c == 1) return a;
        if (PowerOfTwo(value.Type, c) is > 0 and int power) return Become(value, Op.LShr, a, power);
        return Possible(a) < ((ulong)c & KnownBits.Width(value.Type)) ? Zero(value) : null;
    }

    private Value? UMod(Value value)
    {
        Value a = value.Arguments[0];
        if (!IsConst(value.Arguments[1], out long c)) return null;
        if (c == 0) return a;
        if (PowerOfTwo(value.Type, c) >= 0) return Become(value, Op.And, a, c - 1);
        return Possible(a) < ((ulong)c & KnownBits.Width(value.Type)) ? a : null;
    }

    private Value? SDiv(Value value)
    {
        Value a = value.Arguments[0], b = value.Arguments[1];
        if (KnownBits.IsNonNegative(a) && KnownBits.IsNonNegative(b)) return Become(value, Op.UDiv, a, b);
        if (!IsConst(b, out long c)) return null;
        if (c == 0) return Zero(value);
        if (c == 1) return a;
        if (c == -1) return Become(value, Op.Neg, a);
        if (c < 0 || PowerOfTwo(value.Type, c) is not (> 0 and int power)) return null;
        // Rounds towards zero: a negative dividend gets divisor - 1 added before the shift.
        return Become(value, Op.AShr, _emit.Add(Op.Add, value.Type, a, Bias(a, power)), power);
    }

    private Value? SMod(Value value)
    {
        Value a = value.Arguments[0], b = value.Arguments[1];
        if (KnownBits.IsNonNegative(a) && KnownBits.IsNonNegative(b)) return Become(value, Op.UMod, a, b);
        if (!IsConst(b, out long c)) return null;
        if (c == 0) return a;
        if (c is 1 or -1) return Zero(value);
        if (c < 0 || PowerOfTwo(value.Type, c) is not (> 0 and int power)) return null;
        Value bias = Bias(a, power);
        Value masked = _emit.Add(Op.And, _emit.Add(Op.Add, value.Type, a, bias), c - 1);
        return Become(value, Op.Sub, masked, bias);
    }

    /// <summary>2^power - 1 where <paramref name="a"/> is negative, else 0.</summary>
    private Value Bias(Value a, int power)
    {
        int bits = Bits(a.Type);
        Value sign = power == 1 ? a : _emit.Add(Op.AShr, a, bits - 1);
        return _emit.Add(Op.LShr, sign, bits - power);
    }

    private Value? Neg(Value value)
    {
        Value a = value.Arguments[0];
        if (a.Op == Op.Neg) return a.Arguments[0];
        return a.Op == Op.Sub ? Become(value, Op.Sub, a.Arguments[1], a.Arguments[0]) : null;
    }
}
