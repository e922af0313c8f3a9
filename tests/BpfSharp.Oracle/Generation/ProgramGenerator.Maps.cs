namespace BpfSharp.Oracle.Generation;

/// <summary>Maps and what is done with them.</summary>
internal sealed partial class ProgramGenerator
{
    private const int ResultsLength = 8;

    private readonly List<(string Name, GType Key, GType Value)> _tables = [];
    private bool _changesMaps;
    private GType? _slots;

    /// <summary>
    /// Where it is not 0, hash tables are not changed: the kernel reuses the memory of a replaced or removed element at once, .NET never,
    /// so a program must not hold a <c>Ref</c> across a change.
    /// </summary>
    private int _frozen;

    private void WriteMaps()
    {
        Line($"[BpfMap(MaxEntries = {ResultsLength})] public static partial ArrayMap<ulong> Results {{ get; }}");
        GType[] dense = [.. _structs.Where(static s => s.IsDense && s.Size <= 32), .. _enums, .. _arrays.Where(static a => a.IsDense && a.Size <= 32)];
        for (int i = _dice.Below(3); i > 0; i--)
        {
            GType key = _dice.Percent(40) && dense.Length > 0 ? _dice.Of(dense) : _dice.Of(IntType.All), value = _dice.Percent(40) && dense.Length > 0 ? _dice.Of(dense) : _dice.Of(IntType.All);
            string name = $"Table{_tables.Count}";
            // A table that forgets is large enough never to.
            bool isLru = _dice.Percent(15);
            Line($"[BpfMap(MaxEntries = {(isLru ? 1024 : _dice.Between(2, 12))})] public static partial {(isLru ? "LruHashMap" : "HashMap")}<{key}, {value}> {name} {{ get; }}");
            _tables.Add((name, key, value));
        }
        if (_dice.Percent(50))
        {
            GType element = dense.Length > 0 && _dice.Percent(60) ? _dice.Of(dense) : _dice.Of(IntType.All);
            Line($"[BpfMap(MaxEntries = 4)] public static partial ArrayMap<{element}> Slots {{ get; }}");
            _slots = element;
            for (int i = 0; i < 2; i++) _globals.Add(new Variable($"Slots[{_dice.Below(4)}u]", element, false));
        }
        WriteQueue(dense);
        if (_dice.Percent(25))
        {
            GType element = dense.Length > 0 && _dice.Percent(40) ? _dice.Of(dense) : _dice.Of(IntType.All);
            Line($"[BpfMap(MaxEntries = 3)] public static partial PerCpuArray<{element}> Own {{ get; }}");
            _globals.Add(new Variable($"Own[{_dice.Below(3)}u]", element, false));
        }
    }

    private void MapStatement(int depth)
    {
        if (_tables.Count == 0 || _dice.Percent(50) || _loopDepth > 1)
        {
            Output();
            return;
        }
        (string name, GType key, GType value) = _dice.Of(_tables);
        Spend(8);
        switch (_dice.Below(_frozen > 0 ? 4 : 8))
        {
            case 0 or 1 when depth > 0: WithReference(name, key, value, depth); break;
            case 0 or 1 or 2: CopyOut(name, key, value); break;
            case 3: MapOutput(name, key); break;
            default:
                _changesMaps = true;
                Line(_dice.Below(4) switch
                {
                    0 => $"{name}.Remove({Key(key)});",
                    1 => $"{name}.TryAdd({Key(key)}, {Typed(value, 2)});",
                    2 => $"{name}.TryUpdate({Key(key)}, {Typed(value, 2)});",
                    _ => $"{name}.Set({Key(key)}, {Typed(value, 2)});",
                });
                break;
        }
    }

    /// <summary>A key, often one of few so that runs meet each other's entries.</summary>
    private string Key(GType key) => key is IntType t && _dice.Percent(60) ? _dice.Percent(50) ? Literal(t, _dice.Below(4)) : $"unchecked(({t})({IntValue(t, 1)} & 3))" : Typed(key, 2);

    private void WithReference(string name, GType key, GType value, int depth)
    {
        string reference = NewName("f");
        _frozen++;
        int variables = _scope.Count;
        bool isUnchecked = MayFault();
        if (isUnchecked)
        {
            Open("");
            Line($"{name}.TryGetRef({Key(key)}, out Ref<{value}> {reference});");
        }
        else if (_dice.Percent(70))
        {
            Open($"if ({name}.TryGetRef({Key(key)}, out Ref<{value}> {reference}))");
        }
        else
        {
            Line($"{name}.TryGetRef({Key(key)}, out Ref<{value}> {reference});");
            Open($"if ({reference}.HasValue)");
        }
        _scope.Add(new Variable($"{reference}.Value", value, false));
        Statements(_dice.Between(1, 3), depth - 1);
        _scope.RemoveRange(variables, _scope.Count - variables);
        Close();
        _frozen--;
        if (isUnchecked || !_dice.Percent(40)) return;
        Open("else");
        Statements(_dice.Between(1, 2), depth - 1);
        Close();
    }

    private void CopyOut(string name, GType key, GType value)
    {
        if (value is not (IntType or EnumType) && (_loopDepth > 0 || _aggregateBytes + value.Size > MaximumAggregateBytes))
        {
            MapOutput(name, key);
            return;
        }
        string variable = NewName("v");
        if (value is not (IntType or EnumType)) _aggregateBytes += value.Size;
        string test = $"{name}.TryGetValue({Key(key)}, out {value} {variable})";
        Line(_dice.Percent(50) ? $"if (!{test}) Results[{_dice.Below(ResultsLength)}u]++;" : $"{test};");
        _scope.Add(new Variable(variable, value, false));
    }

    private void MapOutput(string name, GType key) => Line($"Results[{_dice.Below(ResultsLength)}u] += {name}.Contains({Key(key)}) ? {_dice.Below(100)}UL : 1UL;");

    private Expr? MapCondition(int depth)
    {
        if (_tables.Count == 0 || _loopDepth > 1) return null;
        (string name, GType key, GType value) = _dice.Of(_tables);
        Spend(8);
        if (_frozen > 0 || _dice.Percent(60)) return new Expr($"{name}.Contains({Key(key)})");
        _changesMaps = true;
        return _dice.Percent(50) ? new Expr($"{name}.Remove({Key(key)})") : new Expr($"{name}.TryAdd({Key(key)}, {Typed(value, depth - 1)})");
    }
}
