using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Analyses;

/// <summary>
/// The values that something may have, as an unsigned and a signed interval, both closed. Of an i32 the unsigned interval is that of its 32
/// bits, the signed one that of its value. A pointer counts as an unsigned 64-bit number; null is 0.
/// </summary>
internal readonly record struct ValueRange(ulong UMin, ulong UMax, long SMin, long SMax)
{
    /// <summary>All values of a type.</summary>
    internal static ValueRange Full(IrType type) => type.IsI32
        ? new ValueRange(0, uint.MaxValue, int.MinValue, int.MaxValue)
        : new ValueRange(0, ulong.MaxValue, long.MinValue, long.MaxValue);

    /// <summary>One value of a type; an i32's is sign-extended.</summary>
    internal static ValueRange Single(IrType type, long value)
    {
        ulong bits = type.IsI32 ? (uint)value : (ulong)value;
        return new ValueRange(bits, bits, value, value);
    }

    /// <summary>An unsigned interval.</summary>
    internal static ValueRange Unsigned(IrType type, ulong min, ulong max) => (Full(type) with { UMin = min, UMax = max }).Normalised(type);

    /// <summary>A signed interval.</summary>
    internal static ValueRange Signed(IrType type, long min, long max) => (Full(type) with { SMin = min, SMax = max }).Normalised(type);

    /// <summary>Whether it has no value: the place is not reached.</summary>
    internal bool IsEmpty => UMin > UMax || SMin > SMax;

    /// <summary>Whether it is one value.</summary>
    internal bool IsSingle => UMin == UMax;

    /// <summary>Whether no value is negative.</summary>
    internal bool IsNonNegative => SMin >= 0;

    /// <summary>The values of both.</summary>
    internal ValueRange Intersect(ValueRange other, IrType type) =>
        new ValueRange(Math.Max(UMin, other.UMin), Math.Min(UMax, other.UMax), Math.Max(SMin, other.SMin), Math.Min(SMax, other.SMax)).Normalised(type);

    /// <summary>The values of either.</summary>
    internal ValueRange Join(ValueRange other) =>
        new(Math.Min(UMin, other.UMin), Math.Max(UMax, other.UMax), Math.Min(SMin, other.SMin), Math.Max(SMax, other.SMax));

    /// <summary>Lets each interval say what it knows of the other.</summary>
    private ValueRange Normalised(IrType type)
    {
        (ulong umin, ulong umax, long smin, long smax) = (UMin, UMax, SMin, SMax);
        ulong half = KnownBits.Width(type) >> 1;
        for (int i = 0; i < 2; i++)
        {
            if (umin > umax || smin > smax) break;
            // Both ends on one side of the sign: the two orders agree.
            if (umax <= half || umin > half)
            {
                smin = Math.Max(smin, ToSigned(type, umin));
                smax = Math.Min(smax, ToSigned(type, umax));
            }
            if (smin >= 0 || smax < 0)
            {
                umin = Math.Max(umin, ToUnsigned(type, smin));
                umax = Math.Min(umax, ToUnsigned(type, smax));
            }
        }
        return new ValueRange(umin, umax, smin, smax);
    }

    private static long ToSigned(IrType type, ulong bits) => type.IsI32 ? (int)bits : (long)bits;

    private static ulong ToUnsigned(IrType type, long value) => type.IsI32 ? (uint)value : (ulong)value;
}
