using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Analyses;

/// <summary>The range of an operation's result from the ranges of its arguments.</summary>
internal static class RangeTransfer
{
    /// <summary>The range of a value's result; phis are not computed here.</summary>
    internal static ValueRange Of(Value value, Func<Value, ValueRange> range)
    {
        IrType type = value.Type;
        ValueRange full = ValueRange.Full(type);
        if (type.IsPointer) return Pointer(value);
        switch (value.Op)
        {
            case Op.Const: return value.Core is null ? ValueRange.Single(type, value.Immediate) : full;
            case Op.Load: return Load(type, value.Access);
            case Op.Swap16: return ValueRange.Unsigned(type, 0, ushort.MaxValue);
            case Op.Swap32 when !type.IsI32: return ValueRange.Unsigned(type, 0, uint.MaxValue);
            case >= Op.Eq and <= Op.SLe: return ValueRange.Unsigned(type, 0, 1);
        }
        if (value.Arguments.Count is 0 or > 2 || !value.Op.IsPure() || value.Arguments[0].Type.IsPointer) return full;
        ValueRange a = range(value.Arguments[0]);
        if (value.Arguments.Count == 1) return Unary(value, a, full);
        ValueRange b = range(value.Arguments[1]);
        ulong width = KnownBits.Width(type);
        return value.Op switch
        {
            Op.Add => Sum(type, a, b, full),
            Op.Sub => Difference(type, a, b, full),
            Op.Mul => b.UMax == 0 || a.UMax <= width / b.UMax ? ValueRange.Unsigned(type, a.UMin * b.UMin, a.UMax * b.UMax) : full,
            Op.UDiv => ValueRange.Unsigned(type, b.UMin == 0 ? 0 : a.UMin / b.UMax, a.UMax / Math.Max(1, b.UMin)),
            Op.UMod => ValueRange.Unsigned(type, 0, b.UMin == 0 ? a.UMax : Math.Min(a.UMax, b.UMax - 1)),
            Op.SDiv when a.IsNonNegative && b.IsNonNegative => ValueRange.Unsigned(type, 0, a.UMax),
            Op.SMod when a.IsNonNegative && b.IsNonNegative => ValueRange.Unsigned(type, 0, a.UMax),
            Op.And => ValueRange.Unsigned(type, 0, Math.Min(a.UMax, b.UMax)),
            Op.Or => ValueRange.Unsigned(type, Math.Max(a.UMin, b.UMin), KnownBits.Filled(a.UMax | b.UMax)),
            Op.Xor => ValueRange.Unsigned(type, 0, KnownBits.Filled(a.UMax | b.UMax)),
            Op.Shl or Op.LShr or Op.AShr when b.IsSingle => Shift(value, a, (int)(b.UMin & (type.IsI32 ? 31u : 63u)), full),
            Op.Shl when b.UMax < (type.IsI32 ? 32u : 64u) && a.UMax <= width >> (int)b.UMax => ValueRange.Unsigned(type, a.UMin << (int)b.UMin, a.UMax << (int)b.UMax),
            Op.LShr => ValueRange.Unsigned(type, 0, a.UMax),
            _ => full,
        };
    }

    private static ValueRange Pointer(Value value) =>
        value.Op == Op.Const ? ValueRange.Single(value.Type, 0)
        : EdgeConditions.IsNonNull(value) ? ValueRange.Unsigned(value.Type, 1, ulong.MaxValue) : ValueRange.Full(value.Type);

    private static ValueRange Load(IrType type, Access access) => access switch
    {
        Access.U8 => ValueRange.Unsigned(type, 0, byte.MaxValue),
        Access.U16 => ValueRange.Unsigned(type, 0, ushort.MaxValue),
        Access.U32 => ValueRange.Unsigned(type, 0, uint.MaxValue),
        Access.S8 => ValueRange.Signed(type, sbyte.MinValue, sbyte.MaxValue),
        Access.S16 => ValueRange.Signed(type, short.MinValue, short.MaxValue),
        Access.S32 => ValueRange.Signed(type, int.MinValue, int.MaxValue),
        _ => ValueRange.Full(type),
    };

    private static ValueRange Unary(Value value, ValueRange a, ValueRange full)
    {
        IrType type = value.Type;
        return value.Op switch
        {
            Op.ZExt8 => a.UMax <= byte.MaxValue ? a : ValueRange.Unsigned(type, 0, byte.MaxValue),
            Op.ZExt16 => a.UMax <= ushort.MaxValue ? a : ValueRange.Unsigned(type, 0, ushort.MaxValue),
            Op.SExt8 => a.SMin >= sbyte.MinValue && a.SMax <= sbyte.MaxValue ? a : ValueRange.Signed(type, sbyte.MinValue, sbyte.MaxValue),
            Op.SExt16 => a.SMin >= short.MinValue && a.SMax <= short.MaxValue ? a : ValueRange.Signed(type, short.MinValue, short.MaxValue),
            Op.ZExt32 => ValueRange.Unsigned(type, a.UMin, a.UMax),
            Op.SExt32 => ValueRange.Signed(type, a.SMin, a.SMax),
            Op.Trunc when a.UMax <= uint.MaxValue => ValueRange.Unsigned(type, a.UMin, a.UMax),
            Op.Trunc when a.SMin >= int.MinValue && a.SMax <= int.MaxValue => ValueRange.Signed(type, a.SMin, a.SMax),
            Op.Neg when a.SMin > full.SMin => ValueRange.Signed(type, -a.SMax, -a.SMin),
            _ => full,
        };
    }

    /// <summary>The range of a + b.</summary>
    internal static ValueRange Sum(IrType type, ValueRange a, ValueRange b, ValueRange full)
    {
        ValueRange result = full;
        ulong width = KnownBits.Width(type);
        if (a.UMax <= width - b.UMax) result = result with { UMin = a.UMin + b.UMin, UMax = a.UMax + b.UMax };
        if (Fits(type, a.SMin, b.SMin, false) && Fits(type, a.SMax, b.SMax, false)) result = result with { SMin = a.SMin + b.SMin, SMax = a.SMax + b.SMax };
        return result.Intersect(full, type);
    }

    /// <summary>The range of a - b.</summary>
    internal static ValueRange Difference(IrType type, ValueRange a, ValueRange b, ValueRange full)
    {
        ValueRange result = full;
        if (a.UMin >= b.UMax) result = result with { UMin = a.UMin - b.UMax, UMax = a.UMax - b.UMin };
        if (Fits(type, a.SMin, b.SMax, true) && Fits(type, a.SMax, b.SMin, true)) result = result with { SMin = a.SMin - b.SMax, SMax = a.SMax - b.SMin };
        return result.Intersect(full, type);
    }

    private static bool Fits(IrType type, long a, long b, bool subtract)
    {
        long result = subtract ? unchecked(a - b) : unchecked(a + b);
        if (type.IsI32) return result == (int)result;
        return subtract ? ((a ^ b) & (a ^ result)) >= 0 : ((a ^ result) & (b ^ result)) >= 0;
    }

    private static ValueRange Shift(Value value, ValueRange a, int count, ValueRange full)
    {
        IrType type = value.Type;
        ulong width = KnownBits.Width(type);
        return value.Op switch
        {
            Op.Shl => a.UMax <= width >> count ? ValueRange.Unsigned(type, a.UMin << count, a.UMax << count) : full,
            Op.LShr => ValueRange.Unsigned(type, a.UMin >> count, a.UMax >> count),
            _ => ValueRange.Signed(type, a.SMin >> count, a.SMax >> count),
        };
    }
}
