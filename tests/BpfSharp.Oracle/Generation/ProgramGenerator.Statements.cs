namespace BpfSharp.Oracle.Generation;

/// <summary>Statements that have no loop.</summary>
internal sealed partial class ProgramGenerator
{
    private GType? _returns;
    private bool _isProgram;

    /// <summary>Statements in a scope of their own, without braces.</summary>
    private void Statements(int count, int depth)
    {
        int variables = _scope.Count, locals = _locals.Count;
        for (int i = 0; i < count && !IsSpent; i++) Statement(depth);
        _scope.RemoveRange(variables, _scope.Count - variables);
        _locals.RemoveRange(locals, _locals.Count - locals);
    }

    private void Statement(int depth)
    {
        Spend(1);
        switch (_dice.Weighted((18, 0), (22, 1), (depth > 0 ? 14 : 0, 2), (depth > 0 && _loopDepth < 2 ? 10 : 0, 3), (depth > 0 ? 6 : 0, 4), (12, 5), (3, 6), (5, 7), (4, 8), (6, 9), (3, 10), (3, 11), (3, 12), (4, 13), (_loopDepth == 0 ? 1 : 0, 14),
            (depth > 0 && _loopDepth < 2 ? 4 : 0, 15), (depth > 0 ? 3 : 0, 16), (depth > 0 ? 2 : 0, 17), (depth > 0 ? 2 : 0, 18), (depth > 0 && _faultPercent > 0 ? 2 : 0, 19), (3, 20), (3, 21), (2, 22), (4, 23), (6, 24), (3, 25), (3, 26)))
        {
            case 0: DeclareLocal(); break;
            case 1: Assign(); break;
            case 2: If(depth); break;
            case 3: Loop(depth); break;
            case 4: Switch(depth); break;
            case 5: MapStatement(depth); break;
            case 6: Leave(depth); break;
            case 7: CallStatement(); break;
            case 8: DeclareReference(); break;
            case 9: DeclareSpan(); break;
            case 10: TupleStatement(); break;
            case 12: Atomic(); break;
            case 13: Bytes(); break;
            case 14: Callback(); break;
            case 15: RangeLoop(depth); break;
            case 16: Goto(depth); break;
            case 17: TryFinally(depth); break;
            case 18: Using(depth); break;
            case 19: Checked(depth); break;
            case 20: LocalFunction(); break;
            case 21: ChosenReference(); break;
            case 22: MapCallback(); break;
            case 23: NullableStatement(); break;
            case 24: SpanStatement(); break;
            case 25: QueueStatement(); break;
            case 26: TypeStatement(); break;
            default: AssignAggregate(); break;
        }
    }

    private void DeclareLocal()
    {
        GType type = AnyType();
        if (type is not (IntType or BoolType or EnumType))
        {
            if (_aggregateBytes + type.Size > MaximumAggregateBytes || _loopDepth > 0) type = ScalarType();
            else _aggregateBytes += type.Size;
        }
        string name = NewName("v"), value = Value(type, 3).Text;
        bool conditional = type is IntType && value.StartsWith('(') && _dice.Percent(20);
        Line(conditional ? $"{type} {name}; if ({Condition(2)}) {name} = {value}; else {name} = {Value(type, 1)};" : $"{type} {name} = {value};");
        _scope.Add(new Variable(name, type, false));
    }

    private void Assign()
    {
        GType type = _scope.Count > 0 && _dice.Percent(60) && _dice.Of(_scope).Type is IntType or BoolType or EnumType ? _dice.Of(_scope).Type : ScalarType();
        if (type is IntType t && Place(t, writable: true) is { } place)
        {
            switch (_dice.Below(6))
            {
                case 0:
                    Line($"{place}{(_dice.Percent(50) ? "++" : "--")};");
                    return;
                case 1 or 2:
                    Line($"{place} {_dice.Of(s_arithmetic)}= {IntValue(t, 3)};");
                    return;
                case 3:
                    string count = _dice.Percent(50) ? _dice.Between(0, 40).ToString() : IntValue(IntType.Int, 2).Text;
                    Line($"{place} {_dice.Of(s_shifts)}= {count};");
                    return;
                default:
                    Store(place, t, IntValue(t, 3).Text);
                    return;
            }
        }
        if (type is BoolType or EnumType && Place(type, writable: true) is { } other)
        {
            if (_dice.Percent(30)) Line($"{other} {_dice.Of<string>(["&", "|", "^"])}= {Value(type, 2)};");
            else Store(other, type, $"{Value(type, 2)}");
            return;
        }
        Output();
    }

    /// <summary>
    /// An assignment. Where a switch expression is assigned to an element, the C# compiler checks the index behind it, and only there: the specification, its other
    /// assignments and we check it before. So the value gets a variable.
    /// </summary>
    private void Store(string place, GType type, string value)
    {
        if (!place.Contains('[') || !IsChoice(value))
        {
            Line($"{place} = {value};");
            return;
        }
        string name = NewName("x");
        Line($"{type} {name} = {value};");
        Line($"{place} = {name};");
    }

    private static bool IsChoice(string value) => value.Contains(" switch {", StringComparison.Ordinal);

    private void AssignAggregate()
    {
        GType[] types = [.. _structs, .. _arrays, .. _tuples];
        if (types.Length > 0 && _dice.Of(types) is var type && Place(type, writable: true) is { } place) Store(place, type, $"{Value(type, 2)}");
        else Assign();
    }

    private void If(int depth)
    {
        Open($"if ({Condition(3)})");
        Statements(_dice.Between(1, 3), depth - 1);
        Close();
        if (_dice.Percent(40))
        {
            Open(_dice.Percent(25) ? $"else if ({Condition(2)})" : "else");
            Statements(_dice.Between(1, 3), depth - 1);
            Close();
        }
    }

    private void Switch(int depth)
    {
        IntType on = _dice.Of(IntType.All.Where(static t => !t.IsNative && t != IntType.Char).ToArray());
        Expr operand = _dice.Percent(50) && Place(on, writable: false) is { } place ? new Expr(place) : IntValue(on, 2);
        if (operand.IsConstant)
        {
            If(depth);
            return;
        }
        Open($"switch ({Exactly(operand, on)})");
        if (_dice.Percent(20)) WithLabel($"case {Pattern(on)} when {When(1)}:", depth);
        string[] labels = Labels(on, _dice.Between(2, 6));
        for (int i = 0; i < labels.Length; i++)
        {
            string when = _dice.Percent(15) ? $" when {When(1)}" : "";
            Line($"case {labels[i]}{when}:");
            if (when.Length == 0 && i + 1 < labels.Length && _dice.Percent(20)) continue;
            Section(depth);
        }
        if (_dice.Percent(70)) WithLabel("default:", depth);
        Close();
    }

    private void WithLabel(string label, int depth)
    {
        Line(label);
        Section(depth);
    }

    private void Section(int depth)
    {
        Open("");
        Statements(_dice.Between(1, 2), depth - 1);
        Line("break;");
        Close();
    }

    /// <summary>A return, break or continue under a condition.</summary>
    private void Leave(int depth)
    {
        if (_closed > 0) Assign();
        else if (_breakable > 0 && _dice.Percent(70)) Line($"if ({Condition(2)}) {(_dice.Percent(50) ? "break" : "continue")};");
        else if (depth < 3) Line($"if ({Condition(2)}) {Return(1)}");
        else Assign();
    }

    private string Return(int depth) =>
        _isProgram ? $"return (XdpAction)({IntValue(IntType.Int, depth)});" : _returns is null ? "return;" : $"return {Value(_returns, depth)};";

    private void DeclareReference()
    {
        GType type = _dice.Percent(70) ? ScalarType() : AnyType();
        if (Place(type, writable: true) is not { } place)
        {
            Assign();
            return;
        }
        string name = NewName("r");
        Line($"ref {type} {name} = ref {place};");
        _scope.Add(new Variable(name, type, false));
    }

    private void TupleStatement()
    {
        if (_tuples.Count == 0 || _loopDepth > 0)
        {
            Assign();
            return;
        }
        TupleType type = _dice.Of(_tuples);
        string[] names = [.. type.Items.Select(_ => NewName("t"))];
        Line($"({string.Join(", ", type.Items.Select((item, i) => $"{item.Type} {names[i]}"))}) = {TupleValue(type, 2)};");
        for (int i = 0; i < names.Length; i++) _scope.Add(new Variable(names[i], type.Items[i].Type, false));
        if (type.Items[0].Type == type.Items[1].Type && _dice.Percent(60)) Line($"({names[0]}, {names[1]}) = ({names[1]}, {names[0]});");
    }

    /// <summary>Writes something where the comparison sees it.</summary>
    private void Output()
    {
        Spend(5);
        IntType type = _dice.Of(IntType.All);
        string index = _dice.Percent(70) ? $"{_dice.Below(ResultsLength)}u" : MayFault() ? $"({IntValue(IntType.UInt, 2)} & {(2 * ResultsLength) - 1}u)" : $"({IntValue(IntType.UInt, 2)} & {ResultsLength - 1}u)";
        Line($"Results[{index}] {_dice.Of<string>(["=", "+=", "^=", "+="])} unchecked((ulong)({IntValue(type, 3)}));");
    }
}
