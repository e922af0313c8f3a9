namespace BpfSharp.Oracle.Generation;

/// <summary>Spans over the stack and over inline arrays.</summary>
internal sealed partial class ProgramGenerator
{
    private void DeclareSpan()
    {
        // C# has no stackalloc in finally.
        if (_loopDepth > 0 || _closed > 0)
        {
            Assign();
            return;
        }
        Variable[] spans = [.. _scope.Where(static v => v.Type is SpanType { Length: > 1 })];
        ArrayType? array = _arrays.Count > 0 ? _dice.Of(_arrays) : null;
        string name = NewName("s");
        switch (_dice.Below(5))
        {
            case 4 when spans.Length > 0:
                OpenSlice(name, _dice.Of(spans));
                return;
            case 0 when spans.Length > 0:
                Slice(name, _dice.Of(spans));
                return;
            case 1 when array is not null && Place(array, writable: true) is { } place:
                Line($"Span<{array.Element}> {name} = {place};");
                _scope.Add(new Variable(name, new SpanType(array.Element, array.Length, false), false));
                return;
        }
        GType element = _dice.Of(IntType.All);
        int length = _dice.Between(1, Math.Min(6, 24 / element.Size));
        if (_aggregateBytes + (length * element.Size) > MaximumAggregateBytes)
        {
            Assign();
            return;
        }
        _aggregateBytes += length * element.Size;
        bool isReadOnly = _dice.Percent(25);
        string items = string.Join(", ", Enumerable.Range(0, length).Select(_ => Typed(element, 1)));
        string prefix = isReadOnly ? "ReadOnly" : "";
        Line(_dice.Percent(50) ? $"{prefix}Span<{element}> {name} = [{items}];"
            : isReadOnly || _dice.Percent(40) ? $"{prefix}Span<{element}> {name} = stackalloc {element}[] {{ {items} }};"
            : $"Span<{element}> {name} = stackalloc {element}[{length}];");
        _scope.Add(new Variable(name, new SpanType(element, length, isReadOnly), false));
    }

    private void Slice(string name, Variable from)
    {
        SpanType type = (SpanType)from.Type;
        int start = _dice.Below(type.Length), length = _dice.Between(1, type.Length - start);
        string text = _dice.Below(4) switch
        {
            0 => $"{from.Text}.Slice({start}, {length})",
            1 => $"{from.Text}[{start}..{start + length}]",
            2 => $"{from.Text}.Slice({Exactly(start)}, {length})",
            _ when start + length == type.Length => $"{from.Text}[{start}..]",
            _ => $"{from.Text}[{start}..^{type.Length - start - length}]",
        };
        Line($"{type} {name} = {text};");
        _scope.Add(new Variable(name, new SpanType(type.Element, length, type.IsReadOnly), false));
    }

    /// <summary>A number that only the program's run tells, with the bound that the generator counts on.</summary>
    private string Exactly(int most) => most == 0 ? "0" : $"Math.Min({most}, {IntValue(IntType.Int, 1)} & 7)";
}
