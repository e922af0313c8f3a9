namespace BpfSharp.Oracle.Generation;

/// <summary>Patterns over structs, tuples and spans, and values that may be absent.</summary>
internal sealed partial class ProgramGenerator
{
    /// <summary>A test with a pattern that looks inside; null if nothing in scope has an inside.</summary>
    private Expr? DeepPatternTest(int depth)
    {
        Spend(4);
        switch (_dice.Below(4))
        {
            case 0 when _structs.Count > 0 && _dice.Of(_structs) is var type && Place(type, writable: false) is { } place:
                return new Expr($"({place} is {StructPattern(type)})");
            case 1:
                IntType a = PatternType(), b = PatternType();
                return new Expr($"((unchecked(({a})({IntValue(a, depth - 1)})), unchecked(({b})({IntValue(b, depth - 1)}))) is ({Pattern(a)}, {(_dice.Percent(30) ? "_" : Pattern(b))}))");
            case 2:
                Variable[] spans = [.. _scope.Where(static v => v.Type is SpanType { Element: IntType { IsNative: false, Name: not "char" } })];
                if (spans.Length == 0) return null;
                Variable span = _dice.Of(spans);
                IntType element = (IntType)((SpanType)span.Type).Element;
                return new Expr($"({span.Text} is {ListPattern(element)})");
            default:
                return NullableTest(depth);
        }
    }

    private IntType PatternType() => _dice.Of(IntType.All.Where(static t => !t.IsNative && t != IntType.Char).ToArray());

    private string StructPattern(StructType type)
    {
        List<string> parts = [];
        foreach (Field field in type.Fields)
        {
            if (_dice.Percent(30)) continue;
            string? inner = field.Type switch
            {
                IntType { IsNative: false, Name: not "char" } t => Pattern(t),
                BoolType => _dice.Percent(50) ? "true" : "not true",
                EnumType e => $"{e}.{_dice.Of(e.Members)}",
                StructType s => StructPattern(s),
                _ => null,
            };
            if (inner is not null) parts.Add($"{field.Name}: {inner}");
        }
        return $"{{ {string.Join(", ", parts)} }}";
    }

    private string ListPattern(IntType element) => _dice.Below(5) switch
    {
        0 => $"[{Pattern(element)}, ..]",
        1 => $"[.., {Pattern(element)}]",
        2 => $"[_, {Pattern(element)}, ..]",
        3 => $"[{Pattern(element)}, .., {Pattern(element)}]",
        _ => $"[_, .. [_, ..]]",
    };

    /// <summary>A switch expression over two numbers.</summary>
    private Expr TupleSwitch(GType type, int depth)
    {
        IntType a = PatternType(), b = PatternType();
        string name = NewName("w");
        Spend(6);
        return new Expr($"((unchecked(({a})({IntValue(a, depth - 1)})), unchecked(({b})({IntValue(b, depth - 1)}))) switch {{ ({Labels(a, 1)[0]}, _) => {Typed(type, depth - 1)}, "
            + $"(_, {Labels(b, 1)[0]}) => {Typed(type, depth - 1)}, (var {name}, _) => {(type == a ? name : Typed(type, depth - 1))} }})");
    }

    /// <summary>Declares or changes an <c>int?</c> or the like.</summary>
    private void NullableStatement()
    {
        Variable[] known = [.. _scope.Where(static v => v.Type is NullableType)];
        Spend(4);
        if (known.Length == 0 || _dice.Percent(40))
        {
            if (_loopDepth > 0 || _aggregateBytes + 16 > MaximumAggregateBytes)
            {
                Assign();
                return;
            }
            _aggregateBytes += 16;
            IntType item = PatternType();
            string name = NewName("o");
            Line($"{item}? {name} = {(_dice.Percent(70) ? $"{Condition(2)} ? {Typed(item, 2)} : null" : _dice.Percent(60) ? Typed(item, 2) : "null")};");
            _scope.Add(new Variable(name, new NullableType(item), false));
            return;
        }
        Variable variable = _dice.Of(known);
        IntType type = ((NullableType)variable.Type).Item;
        string text = variable.Text;
        Line(_dice.Below(5) switch
        {
            0 => $"{text} = {Condition(2)} ? {Typed(type, 2)} : null;",
            1 => $"{text} ??= {Typed(type, 2)};",
            2 => $"{text}{(_dice.Percent(50) ? "++" : "--")};",
            3 => $"{text} {_dice.Of(s_arithmetic)}= {Typed(type, 2)};",
            _ => $"{text} = {_dice.Of(known.Where(v => v.Type == variable.Type).ToArray()).Text};",
        });
    }

    private Expr? NullableTest(int depth)
    {
        Variable[] known = [.. _scope.Where(static v => v.Type is NullableType)];
        if (known.Length == 0) return null;
        Variable variable = _dice.Of(known);
        IntType type = ((NullableType)variable.Type).Item;
        return new Expr(_dice.Below(5) switch
        {
            0 => $"{variable.Text}.HasValue",
            1 => $"({variable.Text} is null)",
            2 => $"({variable.Text} is {Pattern(type)})",
            3 => $"({variable.Text} {_dice.Of(s_comparisons)} {Typed(type, depth - 1)})",
            _ => $"({variable.Text} == {_dice.Of(known.Where(v => v.Type == variable.Type).ToArray()).Text})",
        });
    }

    /// <summary>The number of a value that may be absent.</summary>
    private string Unwrap(string text, IntType type)
    {
        string name = NewName("w");
        return _dice.Below(MayFault() ? 4 : 3) switch
        {
            0 => $"{text}.GetValueOrDefault()",
            1 => $"unchecked(({type})({text} ?? {Literal(type)}))",
            2 => $"({text} is {{ }} {name} ? {name} : {Literal(type)})",
            _ => $"{text}.Value",
        };
    }
}
