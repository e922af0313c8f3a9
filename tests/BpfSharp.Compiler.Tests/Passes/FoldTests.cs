using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Tests.Passes;

public sealed class FoldTests
{
    /// <summary>One operation of the parameters %0 (i64), %1 (i64), %2 (i32), whose result is returned as i64; and what is left of it.</summary>
    [Theory]
    [InlineData("%5 = const i64 #8\n%6 = mul i64 %0, %5", "shl i64 %0, const 3")]
    [InlineData("%5 = const i64 #8\n%6 = udiv i64 %0, %5", "lshr i64 %0, const 3")]
    [InlineData("%5 = const i64 #8\n%6 = umod i64 %0, %5", "and i64 %0, const 7")]
    [InlineData("%5 = const i64 #5\n%6 = sub i64 %0, %5", "add i64 %0, const -5")]
    [InlineData("%5 = const i64 #5\n%7 = add i64 %5, %0\n%6 = add i64 %7, %5", "add i64 %0, const 10")]
    [InlineData("%6 = xor i64 %0, %0", "const 0")]
    [InlineData("%7 = neg i64 %0\n%6 = add i64 %1, %7", "sub i64 %1, %0")]
    [InlineData("%5 = const i64 #9\n%7 = shl i64 %0, %5\n%6 = shl i64 %7, %5", "shl i64 %0, const 18")]
    [InlineData("%5 = const i64 #63\n%7 = and i64 %1, %5\n%6 = shl i64 %0, %7", "shl i64 %0, %1")]
    [InlineData("%5 = const i64 #63\n%7 = ashr i64 %0, %5\n%6 = lshr i64 %7, %5", "lshr i64 %0, const 63")]
    [InlineData("%5 = const i64 #9\n%7 = ashr i64 %0, %5\n%6 = lshr i64 %7, %5", "lshr i64 (ashr i64 %0, const 9), const 9")]
    [InlineData("%5 = const i64 #40\n%7 = shl i64 %0, %5\n%6 = lshr i64 %7, %5", "and i64 %0, const 16777215")]
    [InlineData("%7 = swap16 i64 %0\n%6 = zext16 i64 %7", "swap16 i64 %0")]
    [InlineData("%7 = zext16 i64 %0\n%6 = zext8 i64 %7", "and i64 %0, const 255")]
    [InlineData("%7 = sext8 i64 %0\n%6 = sext8 i64 %7", "sext8 i64 %0")]
    [InlineData("%7 = trunc i32 %0\n%8 = zext32 i64 %7\n%9 = trunc i32 %8\n%6 = zext32 i64 %9", "zext32 (trunc i32 %0)")]
    [InlineData("%5 = const i64 #255\n%7 = and i64 %0, %5\n%8 = trunc i32 %7\n%6 = sext32 i64 %8", "and i64 %0, const 255")]
    public void ArithmeticBecomesCheaper(string operation, string expected) => Assert.Equal(expected, Result(operation));

    /// <summary>One comparison.</summary>
    [Theory]
    [InlineData("%5 = const i64 #8\n%6 = swap16 i64 %0\n%7 = eq i32 %6, %5", "eq i32 (and i64 %0, const 65535), const 2048")]
    [InlineData("%5 = const i32 #8\n%6 = swap32 i32 %2\n%7 = ne i32 %6, %5", "ne i32 %2, const 134217728")]
    [InlineData("%5 = const i64 #70000\n%6 = swap16 i64 %0\n%7 = eq i32 %6, %5", "const 0")]
    [InlineData("%5 = const i64 #70000\n%6 = swap16 i64 %0\n%4 = global ptr.data @g\n%8 = ptradd ptr.data %4, %6\n%9 = load i32 %8 u8\nstore %4, %9 u32\n%7 = eq i32 %6, %5", "const 0")]
    [InlineData("%6 = zext32 i64 %2\n%5 = const i64 #9\n%7 = ult i32 %6, %5", "ult i32 %2, const 9")]
    [InlineData("%6 = sext32 i64 %2\n%5 = const i64 #-9\n%7 = slt i32 %6, %5", "slt i32 %2, const -9")]
    [InlineData("%5 = const i64 #9\n%7 = ule i32 %0, %5", "ult i32 %0, const 10")]
    [InlineData("%5 = const i64 #-1\n%7 = ule i32 %0, %5", "const 1")]
    [InlineData("%5 = const i64\n%7 = ult i32 %5, %0", "ne i32 %0, const 0")]
    [InlineData("%5 = const i64 #1\n%7 = ult i32 %0, %5", "eq i32 %0, const 0")]
    [InlineData("%6 = ult i32 %0, %1\n%5 = const i32\n%7 = eq i32 %6, %5", "ule i32 %1, %0")]
    [InlineData("%6 = sub i64 %0, %1\n%5 = const i64\n%7 = eq i32 %6, %5", "eq i32 %0, %1")]
    [InlineData("%8 = const i64 #4\n%6 = lshr i64 %0, %8\n%5 = const i64 #5\n%7 = ult i32 %6, %5", "ult i32 %0, const 80")]
    [InlineData("%8 = const i64 #4\n%9 = const i64 #1\n%6 = lshr i64 %0, %8\n%4 = and i64 %6, %9\n%5 = const i64\n%7 = ne i32 %4, %5", "ne i32 (and i64 %0, const 16), const 0")]
    [InlineData("%8 = const i64 #8191\n%6 = swap16 i64 %0\n%4 = and i64 %6, %8\n%5 = const i64\n%7 = ne i32 %4, %5", "ne i32 (and i64 %0, const 65311), const 0")]
    public void ComparisonsTakeOverWhatTheyCompare(string operation, string expected) =>
        Assert.Equal(expected.StartsWith("const", StringComparison.Ordinal) ? expected : $"zext32 ({expected})", Result(operation + "\n%60 = zext32 i64 %7", "%60"));

    [Fact]
    public void AnIndexKeepsItsMaskThatTheVerifierNeeds()
    {
        // x % 10 is below 16 to us and anything to the verifier, which does not follow divisions.
        string text = """
            function @f returns i64 (i64 "x") {
            b0:
              %0 = param i64
              %1 = const i64 #10
              %2 = umod i64 %0, %1
              %3 = const i64 #15
              %4 = and i64 %2, %3
              %5 = global ptr.data @g
              %6 = ptradd ptr.data %5, %4
              %7 = load i64 %6 u8
              return %7
            }
            """;
        Assert.Contains("and i64", PassRunner.After(text, "fold"), StringComparison.Ordinal);
        Assert.DoesNotContain("and i64", PassRunner.After(text.Replace("ptradd ptr.data %5, %4", "ptradd ptr.data %5 #1", StringComparison.Ordinal)
            .Replace("return %7", "return %4", StringComparison.Ordinal), "fold"), StringComparison.Ordinal);
    }

    /// <summary>The expression that @f returns after folding, written inside out.</summary>
    private static string Result(string operation, string result = "%6")
    {
        string lines = string.Join("\n", operation.Split('\n').Select(static l => "  " + l));
        Function function = PassRunner.Run(
            "function @f returns i64 (i64 \"a\", i64 \"b\", i32 \"c\") {\nb0:\n  %0 = param i64\n  %1 = param i64 #1\n  %2 = param i32 #2\n" + lines + $"\n  return {result}\n}}\n", "fold").FindFunction("f")!;
        return Show(function.Entry.Terminator.Arguments[0], true);
    }

    private static string Show(Value value, bool outermost)
    {
        if (value.Op == Op.Parameter) return $"%{value.Immediate}";
        if (value.Op == Op.Const) return $"const {value.Immediate}";
        string type = value.Op == Op.ZExt32 ? "" : IrText.Name(value.Type) + " ";
        string text = value.Op.Name() + " " + type + string.Join(", ", value.Arguments.Select(static a => Show(a, false)));
        return outermost ? text : $"({text})";
    }
}
