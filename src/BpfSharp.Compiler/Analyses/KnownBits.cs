using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Analyses;

/// <summary>Which bits of an integer are 0 whatever happens. Of an i32 only the low 32 bits are looked at.</summary>
internal static class KnownBits
{
    private const int Depth = 6;

    /// <summary>The bits of a value that may be 1.</summary>
    /// <param name="value">The value.</param>
    /// <param name="addressed">
    /// The values that addresses depend on, by id, where only what the verifier knows of them is asked for: see <see cref="RangeFacts.IsHiddenSomewhere"/>.
    /// </param>
    internal static ulong Possible(Value value, bool[]? addressed = null) => Possible(value, Depth, addressed) & Width(value.Type);

    /// <summary>All bits of a type.</summary>
    internal static ulong Width(IrType type) => type.IsI32 ? uint.MaxValue : ulong.MaxValue;

    /// <summary>Whether a value is 0 or 1.</summary>
    internal static bool IsBool(Value value) => (Possible(value) & ~1UL) == 0;

    /// <summary>Whether a value's sign bit is 0.</summary>
    internal static bool IsNonNegative(Value value) => (Possible(value) >> (value.Type.IsI32 ? 31 : 63)) == 0;

    private static ulong Possible(Value value, int depth, bool[]? addressed)
    {
        ulong width = Width(value.Type);
        if (value.Op == Op.Const) return value.Core is null ? (ulong)value.Immediate & width : width;
        if (depth == 0 || value.Type.IsPointer) return width;
        if (RangeFacts.IsHiddenSomewhere(value) && addressed is not null && value.Id < addressed.Length && addressed[value.Id]) return width;
        return value.Op switch
        {
            Op.Load => value.Access switch { Access.U8 => 0xff, Access.U16 => 0xffff, Access.U32 => uint.MaxValue, _ => width },
            Op.And => A(0) & A(1),
            Op.Or or Op.Xor => A(0) | A(1),
            Op.Shl => Constant(value.Arguments[1]) is { } count ? (A(0) << count) & width : width,
            Op.LShr => Constant(value.Arguments[1]) is { } count ? A(0) >> count : Filled(A(0)),
            Op.AShr => (A(0) & Sign(width)) == 0 && Constant(value.Arguments[1]) is { } count ? A(0) >> count : width,
            Op.Add => Sum(A(0), A(1), width),
            Op.Mul => Product(A(0), A(1), width),
            Op.UDiv => Filled(A(0)),
            Op.UMod => value.Arguments[1].Op == Op.Const && value.Arguments[1].Immediate > 0
                ? Filled((ulong)value.Arguments[1].Immediate - 1) & Filled(A(0)) : Filled(A(0)),
            Op.ZExt8 => A(0) & 0xff,
            Op.ZExt16 => A(0) & 0xffff,
            Op.ZExt32 => A(0) & uint.MaxValue,
            Op.SExt8 => (A(0) & 0x80) == 0 ? A(0) & 0x7f : width,
            Op.SExt16 => (A(0) & 0x8000) == 0 ? A(0) & 0x7fff : width,
            Op.SExt32 => (A(0) & 0x80000000) == 0 ? A(0) & 0x7fffffff : width,
            Op.Trunc => A(0) & uint.MaxValue,
            Op.Swap16 => 0xffff,
            Op.Swap32 => uint.MaxValue,
            >= Op.Eq and <= Op.SLe => 1,
            Op.Phi when value.Arguments.Count is > 0 and <= 8 => Joined(value, depth, addressed),
            _ => width,
        };

        ulong A(int i) => Possible(value.Arguments[i], depth - 1, addressed);
        int? Constant(Value v) => v.Op == Op.Const && v.Core is null ? (int)(v.Immediate & (value.Type.IsI32 ? 31 : 63)) : null;
    }

    private static ulong Joined(Value phi, int depth, bool[]? addressed)
    {
        ulong result = 0;
        foreach (Value argument in phi.Arguments)
        {
            if (argument != phi) result |= Possible(argument, Math.Min(depth - 1, 3), addressed);
        }
        return result;
    }

    /// <summary>All bits below the highest that is set.</summary>
    internal static ulong Filled(ulong bits)
    {
        for (int shift = 1; shift < 64; shift *= 2) bits |= bits >> shift;
        return bits;
    }

    private static ulong Sum(ulong a, ulong b, ulong width)
    {
        if ((a & b) == 0) return (a | b) & width;
        ulong high = Filled(a | b);
        ulong low = (a | b) & (~(a | b) + 1);
        return ((high << 1) | 1) & ~(low - 1) & width;
    }

    private static ulong Product(ulong a, ulong b, ulong width)
    {
        int bits = Length(a) + Length(b);
        return bits >= 64 ? width : ((1UL << bits) - 1) & width;
    }

    private static int Length(ulong bits)
    {
        int length = 0;
        for (; bits != 0; bits >>= 1) length++;
        return length;
    }

    private static ulong Sign(ulong width) => (width >> 1) + 1;
}
