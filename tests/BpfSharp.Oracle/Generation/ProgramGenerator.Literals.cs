using System.Globalization;

namespace BpfSharp.Oracle.Generation;

/// <summary>Constants.</summary>
internal sealed partial class ProgramGenerator
{
    private static readonly long[] s_edges =
    [
        0, 1, 2, 3, 4, 7, 8, 10, 15, 16, 31, 32, 63, 64, 100, 127, 128, 129, 255, 256, 1000, 32767, 32768, 65535, 65536, int.MaxValue, 1L + int.MaxValue, uint.MaxValue,
        1L + uint.MaxValue, 0x1234_5678_9ABC_DEF0, 0x7EDC_BA98, long.MaxValue, -1, -2, -3, -8, -100, -128, -129, -32768, -32769, int.MinValue, -1L + int.MinValue, long.MinValue,
    ];

    /// <summary>A random number of a type, as its bits.</summary>
    private long Bits(IntType type)
    {
        long bits = _dice.Weighted((6, 0), (3, 1), (1, 2)) switch
        {
            0 => _dice.Between(-2, 12),
            1 => _dice.Of(s_edges),
            _ => (long)_dice.Next(),
        };
        return Wrap(bits, type);
    }

    private static long Wrap(long bits, IntType type) => (type.Bits, type.Signed) switch
    {
        (8, true) => (sbyte)bits,
        (8, false) => (byte)bits,
        (16, true) => (short)bits,
        (16, false) => (ushort)bits,
        (32, true) => (int)bits,
        (32, false) => (uint)bits,
        _ => bits,
    };

    /// <summary>A literal whose C# type is exactly <paramref name="type"/>; without a cast or suffix if <paramref name="bare"/>.</summary>
    private string Literal(IntType type, bool bare = false) => Literal(type, Bits(type), bare);

    private static string Literal(IntType type, long bits, bool bare = false)
    {
        // The constants of native types have 32 bits.
        if (type.IsNative) bits = type.Signed ? (int)bits : (uint)bits;
        string number = type.Bits == 64 && !type.Signed ? ((ulong)bits).ToString(CultureInfo.InvariantCulture)
            : type == IntType.Long && bits == long.MinValue ? "long.MinValue"
            : type.Signed && type.Bits >= 32 && bits == int.MinValue ? "int.MinValue"
            : bits.ToString(CultureInfo.InvariantCulture);
        if (bare) return type == IntType.Char ? $"(char){number}" : number;
        if (bits < 0) number = $"({number})";
        return type == IntType.Int ? number
            : type == IntType.UInt ? number + "u"
            : type == IntType.ULong ? number.Trim('(', ')') + "UL"
            : type == IntType.Long ? (number.Contains('M', StringComparison.Ordinal) ? "(long)" + number : bits < 0 ? $"({bits.ToString(CultureInfo.InvariantCulture)}L)" : number + "L")
            : $"({type}){number}";
    }

    /// <summary>The simplest value of a type, for where the budget is spent.</summary>
    private static string Zero(GType type) => type switch
    {
        BoolType => "false",
        IntType t => Literal(t, 0),
        _ => $"default({type})",
    };
}
