namespace BpfSharp.Oracle.Generation;

/// <summary>Conditions, patterns and switch expressions.</summary>
internal sealed partial class ProgramGenerator
{
    private static readonly string[] s_comparisons = ["==", "!=", "<", "<=", ">", ">="];

    private Expr Condition(int depth)
    {
        Spend(1);
        if (depth <= 0 || IsSpent) return Place(BoolType.Instance, writable: false) is { } place && _dice.Percent(40) ? new Expr(place) : Comparison(0);
        return _dice.Weighted((40, 0), (10, 1), (10, 2), (8, 3), (8, 4), (12, 5), (6, 6), (4, 7), (4, 8), (8, 9)) switch
        {
            1 => new Expr($"({Condition(depth - 1)} && {Condition(depth - 1)})"),
            2 => new Expr($"({Condition(depth - 1)} || {Condition(depth - 1)})"),
            3 => new Expr($"(!{Condition(depth - 1)})"),
            4 => new Expr($"({Condition(depth - 1)} {_dice.Of<string>(["&", "|", "^", "==", "!="])} {Condition(depth - 1)})"),
            5 => PatternTest(depth),
            6 => MapCondition(depth) ?? Comparison(depth),
            7 => Call(BoolType.Instance, depth) ?? Comparison(depth),
            8 => EnumComparison(depth) ?? Comparison(depth),
            9 => DeepPatternTest(depth) ?? Comparison(depth),
            _ => Comparison(depth),
        };
    }

    private Expr Comparison(int depth)
    {
        (Expr a, Expr b, IntType type) = Operands(_dice.Of(IntType.All), Math.Max(depth, 1));
        // A constant condition would make constants of what depends on it.
        if (b.IsConstant) a = Variable(a, type);
        return new Expr($"({a} {_dice.Of(s_comparisons)} {b})");
    }

    private Expr? EnumComparison(int depth)
    {
        if (_enums.Count == 0) return null;
        EnumType type = _dice.Of(_enums);
        string left = Place(type, writable: false) ?? $"unchecked(({type})Results[0u])";
        return new Expr($"({left} {_dice.Of(s_comparisons)} {EnumValue(type, depth - 1)})");
    }

    private Expr PatternTest(int depth)
    {
        IntType type = _dice.Of(IntType.All.Where(static t => !t.IsNative).ToArray());
        string operand = Place(type, writable: false) ?? $"({type})({IntValue(type, depth - 1)})";
        if (operand[0] == '(' || type == IntType.Char) return Comparison(depth);
        return new Expr($"({operand} is {Pattern(type)})");
    }

    /// <summary>A pattern that matches some values of the type, and not all.</summary>
    private string Pattern(IntType type)
    {
        // Of nint and nuint C# takes what is beyond the numbers of 32 bits for nothing, where a pattern meets their edge.
        long a = type.IsNative ? _dice.Between(1, 1000) : Bits(type), b = type.IsNative ? _dice.Between(1, 1000) : Bits(type);
        bool order = type.Signed || type.Bits < 64 ? a <= b : (ulong)a <= (ulong)b;
        (string low, string high) = order ? (Literal(type, a, bare: true), Literal(type, b, bare: true)) : (Literal(type, b, bare: true), Literal(type, a, bare: true));
        return _dice.Below(a == b ? 3 : 5) switch
        {
            0 => low,
            1 => $"not {low}",
            2 => $"{low} or {high}",
            3 => $">= {low} and <= {high}",
            _ => $">= {low} and < {high} or {high}",
        };
    }

    /// <summary>Different constants of a type.</summary>
    private string[] Labels(IntType type, int count) =>
        [.. Enumerable.Range(0, count * 3).Select(_ => Bits(type)).Distinct().Take(count).Select(b => Literal(type, b, bare: true))];

    private Expr SwitchValue(GType type, int depth)
    {
        IntType on = _dice.Of(IntType.All.Where(static t => !t.IsNative && t != IntType.Char).ToArray());
        Expr operand = IntValue(on, depth - 1);
        if (operand.IsConstant) return Value(type, depth - 1);
        operand = Exactly(operand, on);
        List<string> arms = [];
        if (_dice.Percent(30)) arms.Add($"{Pattern(on)} when {When(depth - 1)} => {Typed(type, depth - 1)}");
        foreach (string label in Labels(on, _dice.Between(1, 4))) arms.Add($"{label} => {Typed(type, Math.Min(1, depth - 1))}");
        arms.Add($"{(_dice.Percent(30) ? "var " + NewName("w") : "_")} => {Typed(type, depth - 1)}");
        Spend(arms.Count);
        return new Expr($"({operand} switch {{ {string.Join(", ", arms)} }})");
    }

    /// <summary>An operand of a pattern, whose static type must be the one that the patterns are written for.</summary>
    private static Expr Exactly(Expr operand, IntType type) => new($"unchecked(({type})({operand}))");

    /// <summary>A condition that C# does not evaluate: a <c>when</c> that is always true takes the values from the labels that follow.</summary>
    private string When(int depth) => $"{Condition(depth)} && Results[0u] != 77";
}
