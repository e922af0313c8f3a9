namespace BpfSharp.Oracle.Generation;

/// <summary>Variables, fields and elements.</summary>
internal sealed partial class ProgramGenerator
{
    /// <summary>Loop counters with the numbers that they take; they are never assigned to by the program.</summary>
    private readonly List<(string Name, IntType Type, int First, int Last)> _counters = [];

    private static bool Contains(GType type, GType wanted) => type == wanted || type switch
    {
        StructType s => s.Fields.Any(f => Contains(f.Type, wanted)),
        TupleType t => t.Items.Any(f => Contains(f.Type, wanted)),
        ArrayType a => Contains(a.Element, wanted),
        SpanType s => Contains(s.Element, wanted),
        NullableType n => n.Item == wanted,
        _ => false,
    };

    /// <summary>A place of exactly the type; null if there is none in scope.</summary>
    /// <param name="type">The type.</param>
    /// <param name="writable">Whether it is assigned to or passed by reference.</param>
    private string? Place(GType type, bool writable)
    {
        Variable[] candidates = [.. _scope.Concat(_globals).Where(v => !(writable && v.IsReadOnly) && Contains(v.Type, type))];
        if (candidates.Length == 0) return null;
        // Locals, which are last in scope, more often than what the packet and globals hold.
        Variable variable = candidates[_dice.Percent(50) ? _dice.Below(candidates.Length) : Math.Max(0, Math.Min(_scope.Count, candidates.Length) - 1 - _dice.Below(Math.Min(4, candidates.Length)))];
        return Walk(variable.Text, variable.Type, type, writable);
    }

    private string? Walk(string text, GType from, GType wanted, bool writable)
    {
        Spend(1);
        if (from == wanted) return text;
        switch (from)
        {
            case StructType s:
                Field field = _dice.Of(s.Fields.Where(f => Contains(f.Type, wanted)).ToArray());
                return Walk($"{text}.{field.Name}", field.Type, wanted, writable);
            case TupleType t:
                Field item = _dice.Of(t.Items.Where(f => Contains(f.Type, wanted)).ToArray());
                return Walk($"{text}.{item.Name}", item.Type, wanted, writable);
            case ArrayType a:
                return Walk($"{text}[{Index(a.Length)}]", a.Element, wanted, writable);
            case SpanType s when !(writable && s.IsReadOnly):
                return Walk($"{text}[{Index(s.Length)}]", s.Element, wanted, writable);
            case NullableType n when !writable:
                return Unwrap(text, n.Item);
            default:
                return null;
        }
    }

    /// <summary>An index of something that has <paramref name="length"/> elements; now and then one that may be outside.</summary>
    private string Index(int length)
    {
        (string Name, IntType Type, int First, int Last)[] counters = [.. _counters.Where(c => c.Type.Bits <= 32 && c.Type != IntType.UInt && c.First >= 0 && c.Last < length)];
        if (counters.Length > 0 && _dice.Percent(50)) return _dice.Of(counters).Name;
        if (_dice.Percent(45)) return _dice.Percent(10) ? $"^{_dice.Between(1, length)}" : _dice.Below(length).ToString();
        Expr expression = IntValue(IntType.Int, 1);
        // C# checks constant indices itself.
        if (expression.IsConstant) return _dice.Below(length).ToString();
        string value = expression.Text;
        if (MayFault()) return _dice.Percent(30) ? value : $"{value} & {(length > 4 ? 15 : 7)}";
        if ((length & (length - 1)) == 0 && _dice.Percent(60)) return $"{value} & {length - 1}";
        return _dice.Percent(50) ? $"(int)(unchecked((uint){value}) % {length})" : $"Math.Min({length - 1}, {value} & 7)";
    }
}
