namespace BpfSharp.Oracle.Generation;

/// <summary>Bytes read and written as numbers, atomic operations, and slices that start where only the run tells.</summary>
internal sealed partial class ProgramGenerator
{
    private static readonly IntType[] s_atomic = [IntType.Int, IntType.UInt, IntType.Long, IntType.ULong];
    private static readonly IntType[] s_wide = [IntType.Short, IntType.UShort, IntType.Int, IntType.UInt, IntType.Long, IntType.ULong];

    /// <summary>A statement with an atomic operation on a global or an element of a map; plain arithmetic if there is none of such a type.</summary>
    private void Atomic()
    {
        IntType type = _dice.Of(s_atomic);
        Variable[] shared = [.. _globals.Where(v => !v.IsReadOnly && Contains(v.Type, type))];
        string? place = type == IntType.ULong && (shared.Length == 0 || _dice.Percent(50)) ? $"Results[{_dice.Below(ResultsLength)}u]"
            : shared.Length > 0 && _dice.Of(shared) is var chosen ? Walk(chosen.Text, chosen.Type, type, writable: true) : null;
        if (place is null)
        {
            Assign();
            return;
        }
        Spend(6);
        // Before Linux 5.12 the kernel has nothing but additions without a result.
        string operation = _dice.Below(_hasAtomics ? 9 : 5) switch
        {
            0 => $"Interlocked.Increment(ref {place})",
            1 => $"Interlocked.Decrement(ref {place})",
            2 => $"Interlocked.Add(ref {place}, {IntValue(type, 2)})",
            3 => $"Volatile.Write(ref {place}, {IntValue(type, 2)})",
            4 => $"Volatile.Read(ref {place})",
            5 => $"Interlocked.And(ref {place}, {IntValue(type, 2)})",
            6 => $"Interlocked.Or(ref {place}, {IntValue(type, 2)})",
            7 => $"Interlocked.Exchange(ref {place}, {IntValue(type, 2)})",
            _ => $"Interlocked.CompareExchange(ref {place}, {IntValue(type, 1)}, {IntValue(type, 1)})",
        };
        bool hasResult = operation.StartsWith("Volatile.R", StringComparison.Ordinal) || (_hasAtomics && !operation.StartsWith("Volatile", StringComparison.Ordinal));
        if (!hasResult || _dice.Percent(50))
        {
            Line($"{operation};");
            return;
        }
        string name = NewName("v");
        Line($"{type} {name} = {operation};");
        _scope.Add(new Variable(name, type, false));
    }

    /// <summary>Declares bytes and reads numbers out of them, or views numbers as bytes.</summary>
    private void Bytes()
    {
        Variable[] spans = [.. _scope.Where(static v => v.Type is SpanType { Element: IntType { Bits: > 8 }, IsReadOnly: false })];
        if (spans.Length > 0 && _loopDepth == 0 && _dice.Percent(40))
        {
            Variable from = _dice.Of(spans);
            SpanType viewed = (SpanType)from.Type;
            string view = NewName("s");
            Line($"Span<byte> {view} = MemoryMarshal.AsBytes({from.Text});");
            _scope.Add(new Variable(view, new SpanType(IntType.Byte, Math.Min(6, viewed.Length * viewed.Element.Size), false), false));
            return;
        }
        Variable[] bytes = [.. _scope.Where(static v => v.Type is SpanType { Element: IntType { Name: "byte" }, Length: >= 2 })];
        if (bytes.Length == 0)
        {
            if (_loopDepth > 0 || _closed > 0 || _aggregateBytes + 16 > MaximumAggregateBytes)
            {
                Assign();
                return;
            }
            _aggregateBytes += 16;
            string made = NewName("s");
            Line($"Span<byte> {made} = stackalloc byte[16];");
            _scope.Add(new Variable(made, new SpanType(IntType.Byte, 16, false), false));
            return;
        }
        Variable span = _dice.Of(bytes);
        SpanType type = (SpanType)span.Type;
        IntType number = _dice.Of(s_wide.Where(t => t.Size <= type.Length).ToArray());
        int room = type.Length - number.Size;
        string at = room == 0 ? span.Text : _dice.Percent(50) ? $"{span.Text}[{Exactly(room)}..]" : $"{span.Text}.Slice({_dice.Below(room + 1)})";
        Spend(12);
        string full = number.Name switch { "short" => "Int16", "ushort" => "UInt16", "int" => "Int32", "uint" => "UInt32", "long" => "Int64", _ => "UInt64" };
        string order = _dice.Percent(50) ? "LittleEndian" : "BigEndian";
        if (!type.IsReadOnly && _dice.Percent(40))
        {
            Line(_dice.Percent(50)
                ? $"System.Buffers.Binary.BinaryPrimitives.Write{full}{order}({at}, {IntValue(number, 2)});"
                : $"MemoryMarshal.Write({at}, {Typed(number, 1)});");
            return;
        }
        string name = NewName("v");
        Line($"{number} {name} = {(_dice.Percent(50) ? $"System.Buffers.Binary.BinaryPrimitives.Read{full}{order}({at})" : $"MemoryMarshal.Read<{number}>({at})")};");
        _scope.Add(new Variable(name, number, false));
    }

    /// <summary>A slice with a start that only the run tells, and what is known of its length.</summary>
    private void OpenSlice(string name, Variable from)
    {
        SpanType type = (SpanType)from.Type;
        int most = _dice.Between(1, type.Length - 1);
        string start = MayFault() ? $"({IntValue(IntType.Int, 1)} & 7)" : Exactly(most);
        int length = type.Length - most;
        Line($"{type} {name} = {(_dice.Percent(60) ? $"{from.Text}[{start}..]" : $"{from.Text}.Slice({start})")};");
        _scope.Add(new Variable(name, new SpanType(type.Element, length, type.IsReadOnly), false));
        if (type.Element is IntType element && _dice.Percent(40))
        {
            string sum = NewName("v"), item = NewName("e");
            Line($"{element} {sum} = default; foreach ({element} {item} in {name}) {sum} += {item};");
            _scope.Add(new Variable(sum, element, false));
            Spend(type.Length * 5);
        }
        else if (_dice.Percent(40))
        {
            Line($"Results[{_dice.Below(ResultsLength)}u] += unchecked((ulong){name}.Length);");
        }
    }

    /// <summary><c>Bpf.Loop</c> with a static lambda that changes a number.</summary>
    private void Callback()
    {
        if (_loopDepth > 0)
        {
            Assign();
            return;
        }
        IntType type = _dice.Of(s_atomic);
        string state = NewName("v"), index = NewName("i"), self = NewName("p");
        int trips = _dice.Between(1, 5);
        Line($"{type} {state} = {IntValue(type, 2)};");
        List<Variable> saved = Enter([new Variable(self, type, false), new Variable(index, IntType.UInt, true)]);
        (GType? Returns, bool IsProgram, int Bytes, int Frozen) outer = (_returns, _isProgram, _aggregateBytes, _frozen);
        (_returns, _isProgram, _aggregateBytes, _frozen) = (BoolType.Instance, false, 100, 1);
        _loopDepth++;
        _factor *= trips;
        Open($"Bpf.Loop({trips}u, ref {state}, static (uint {index}, ref {type} {self}) =>");
        int statements = _dice.Between(1, 3);
        for (int i = 0; i < statements && !IsSpent; i++) Assign();
        Line($"return {(_dice.Percent(60) ? "true" : Condition(1).Text)};");
        Close(");");
        _factor /= trips;
        _loopDepth--;
        (_returns, _isProgram, _aggregateBytes, _frozen) = outer;
        Leave(saved);
        _scope.Add(new Variable(state, type, false));
    }
}
