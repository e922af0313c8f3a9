namespace BpfSharp.Oracle.Generation;

/// <summary>What the library does with spans, and list patterns.</summary>
internal sealed partial class ProgramGenerator
{
    /// <summary>A statement that changes the elements of a span, or asks something of them.</summary>
    private void SpanStatement()
    {
        Variable[] spans = [.. _scope.Where(static v => v.Type is SpanType { Element: IntType })];
        if (spans.Length == 0 || _loopDepth > 1)
        {
            DeclareSpan();
            return;
        }
        Variable span = _dice.Of(spans);
        SpanType type = (SpanType)span.Type;
        IntType element = (IntType)type.Element;
        Spend((type.Length * 4) + 4);
        if (!type.IsReadOnly && _dice.Percent(40))
        {
            Line(ChangeOf(span.Text, type, element) + ";");
            return;
        }
        string name = NewName("v");
        (string value, GType result) = _dice.Percent(60) ? SearchIn(span.Text, type, element) : _dice.Percent(50) ? (ListSwitch(span.Text, element), IntType.Int) : (ListTest(span.Text, element), BoolType.Instance);
        Line($"{result} {name} = {value};");
        _scope.Add(new Variable(name, result, false));
    }

    private string ChangeOf(string span, SpanType type, IntType element)
    {
        Variable[] sources = [.. _scope.Where(v => v.Type is SpanType s && s.Element == element)];
        Variable source = _dice.Of(sources);
        int most = Math.Min(type.Length, ((SpanType)source.Type).Length);
        return _dice.Below(4) switch
        {
            0 => $"{span}.Fill({Typed(element, 2)})",
            1 => $"{span}[..{Exactly(type.Length)}].Clear()",
            2 => $"{source.Text}[..{Exactly(most)}].CopyTo({span})",
            _ when MayFault() => $"{source.Text}.CopyTo({span})",
            _ => $"{source.Text}[..{most}].TryCopyTo({span})",
        };
    }

    private (string Text, GType Result) SearchIn(string span, SpanType type, IntType element)
    {
        // Few numbers, so that some are found.
        string Sought() => _dice.Percent(50) ? $"unchecked(({element}){_dice.Below(4)})" : _dice.Percent(50) ? $"{span}[{_dice.Below(type.Length)}]" : Typed(element, 1);
        Variable other = _dice.Of(_scope.Where(v => v.Type is SpanType s && s.Element == element).ToArray());
        return _dice.Below(10) switch
        {
            0 => ($"{span}.IndexOf({Sought()})", IntType.Int),
            1 => ($"{span}.LastIndexOf({Sought()})", IntType.Int),
            2 => ($"{span}.IndexOfAny({Sought()}, {Sought()})", IntType.Int),
            3 => ($"{span}.IndexOfAnyExcept({Sought()})", IntType.Int),
            4 => ($"{span}.Count({Sought()})", IntType.Int),
            5 => ($"{span}.Contains({Sought()})", BoolType.Instance),
            6 => ($"{span}.SequenceEqual({other.Text})", BoolType.Instance),
            7 => ($"{span}.StartsWith({other.Text}[..1])", BoolType.Instance),
            8 => ($"{span}.EndsWith([{Sought()}])", BoolType.Instance),
            _ => ($"({span} is [{Pattern(element)}, ..])", BoolType.Instance),
        };
    }

    private string ListTest(string span, IntType element) => _dice.Below(4) switch
    {
        0 => $"({span} is [.., {Pattern(element)}])",
        1 => $"({span} is [_, {Pattern(element)}, ..])",
        2 when !element.IsNative => $"({span} is [{Literal(element, bare: true)}, .., not {Literal(element, 3, bare: true)}])",
        _ => $"({span} is {{ Length: > {_dice.Between(1, 4)} }} and [_, .., {Pattern(element)}])",
    };

    private string ListSwitch(string span, IntType element)
    {
        string first = NewName("w"), last = NewName("w"), rest = NewName("w");
        // C# refuses arms that those before leave nothing to.
        string when = $"when {When(0)}";
        return $"{span} switch {{ [{Pattern(element)}, .., var {last}] {when} => unchecked((int){last}), [_, .. var {rest}, {Pattern(element)}] {when} => {rest}.Length, [var {first}, ..] => unchecked((int)({first} * 3)), _ => {Literal(IntType.Int)} }}";
    }
}
