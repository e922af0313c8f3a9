namespace BpfSharp.Oracle.Generation;

/// <summary>Values of enums, structs, inline arrays and tuples, and the members of structs.</summary>
internal sealed partial class ProgramGenerator
{
    private Expr EnumValue(EnumType type, int depth)
    {
        Spend(1);
        if (depth > 0 && _dice.Percent(30)) return new Expr($"unchecked(({type}){IntValue(_dice.Percent(50) ? type.Underlying : _dice.Of(IntType.All), depth - 1)})");
        if (depth > 0 && _dice.Percent(15)) return new Expr($"({EnumValue(type, depth - 1)} {_dice.Of<string>(["&", "|", "^"])} {EnumValue(type, depth - 1)})");
        if (depth > 0 && _dice.Percent(10) && Call(type, depth) is { } call) return call;
        return _dice.Percent(50) && Place(type, writable: false) is { } place ? new Expr(place) : new Expr($"{type}.{_dice.Of(type.Members)}");
    }

    private Expr StructValue(StructType type, int depth)
    {
        Spend(2);
        string? place = Place(type, writable: false);
        if (depth <= 0 || IsSpent) return new Expr(place ?? Zero(type));
        return _dice.Weighted((30, 0), (30, 1), (10, 2), (10, 3), (10, 4), (8, 5), (4, 6), (8, 7)) switch
        {
            1 => new Expr($"new {type} {{ {string.Join(", ", type.Fields.Where(_ => _dice.Percent(85)).Select(f => $"{f.Name} = {Value(f.Type, depth - 1)}"))} }}"),
            2 => Call(type, depth) ?? new Expr(place ?? Zero(type)),
            3 when place is not null => With(place, _dice.Of(type.Fields), depth),
            4 => new Expr($"({Condition(depth - 1)} ? {StructValue(type, depth - 1)} : {StructValue(type, depth - 1)})"),
            5 when type.Members.Find(static m => m.Kind == "operator") is { } op && CanSpend(op.Work) =>
                new Expr($"({StructValue(type, depth - 1)} {op.Name} {StructValue(type, depth - 1)})"),
            6 => SwitchValue(type, depth),
            7 when type.Members.Find(static m => m.Kind == "from") is { } from && CanSpend(from.Work) => new Expr($"(({type})({Typed(from.Result, depth - 1)}))"),
            _ => new Expr(place ?? Zero(type)),
        };
    }

    private Expr With(string place, Field field, int depth) => new($"({place} with {{ {field.Name} = {Value(field.Type, depth - 1)} }})");

    private Expr ArrayValue(ArrayType type, int depth) =>
        depth > 0 && _dice.Percent(30) && Call(type, depth) is { } call ? call : new Expr(Place(type, writable: false) ?? Zero(type));

    private Expr TupleValue(TupleType type, int depth)
    {
        if (_dice.Percent(30) && Place(type, writable: false) is { } place) return new Expr(place);
        if (_dice.Percent(20) && Call(type, depth) is { } call) return call;
        return new Expr($"({string.Join(", ", type.Items.Select(i => Typed(i.Type, depth - 1)))})");
    }

    /// <summary>A value whose C# type is exactly this one, also where C# would infer another for constants.</summary>
    private string Typed(GType type, int depth) => type is IntType ? $"unchecked(({type})({Value(type, depth)}))" : Value(type, depth).Text;

    private bool CanSpend(int work) => _work + (work * _factor) < MaximumWork && _loopDepth < 2;

    /// <summary>A method that changes the fields, a property and an indexer that compute of them, an operator, conversions.</summary>
    private void WriteMembers(StructType type)
    {
        int outer = _work;
        List<Variable> fields = [.. type.Fields.Select(static f => new Variable(f.Name, f.Type, false))];
        if (_dice.Percent(40))
        {
            Parameter[] parameters = Parameters(2, byValueOnly: true);
            GType result = ScalarType();
            _work = 0;
            string name = $"Change{type.Name}";
            Open($"{NoInlining()}public {result} {name}({Declare(parameters)})");
            Body(result, parameters, fields, 3);
            Close();
            type.Members.Add(new Member("method", name, result, parameters, _work));
        }
        if (_dice.Percent(40))
        {
            GType result = ScalarType();
            _work = 0;
            List<Variable> saved = Enter([.. fields.Select(static f => f with { IsReadOnly = true })]);
            Line($"public readonly {result} Of{type.Name} => {Value(result, 2)};");
            Leave(saved);
            type.Members.Add(new Member("property", $"Of{type.Name}", result, [], _work));
        }
        if (_dice.Percent(30))
        {
            _work = 0;
            Parameter[] parameters = [new("", "a", type), new("", "b", type)];
            string op = _dice.Of<string>(["+", "-", "^", "*"]);
            List<Variable> saved = Enter([.. parameters.Select(static p => new Variable(p.Name, p.Type, true))]);
            Line($"public static {type} operator {op}({type} a, {type} b) => new {type} {{ {string.Join(", ", type.Fields.Select(f => $"{f.Name} = {Value(f.Type, 2)}"))} }};");
            Leave(saved);
            type.Members.Add(new Member("operator", op, type, parameters, _work));
        }
        if (_dice.Percent(25)) WriteIndexer(type, fields);
        if (_dice.Percent(25)) WriteConversions(type);
        _work = outer;
    }

    private void WriteIndexer(StructType type, List<Variable> fields)
    {
        GType result = ScalarType();
        IntType index = _dice.Of(IntType.All);
        _work = 0;
        List<Variable> saved = Enter([.. fields.Select(static f => f with { IsReadOnly = true }), new Variable("index", index, true)]);
        Line($"public readonly {result} this[{index} index] => {Value(result, 2)};");
        Leave(saved);
        type.Members.Add(new Member("indexer", "", result, [new("", "index", index)], _work));
    }

    /// <summary>From the struct to a number and back.</summary>
    private void WriteConversions(StructType type)
    {
        IntType number = _dice.Of(IntType.All);
        _work = 0;
        List<Variable> saved = Enter([new Variable("a", type, true)]);
        Line($"public static explicit operator {number}({type} a) => {Value(number, 2)};");
        Leave(saved);
        type.Members.Add(new Member("to", "", number, [], _work));
        _work = 0;
        saved = Enter([new Variable("a", number, true)]);
        Line($"public static {_dice.Of<string>(["implicit", "explicit"])} operator {type}({number} a) => new {type} {{ {string.Join(", ", type.Fields.Select(f => $"{f.Name} = {Value(f.Type, 1)}"))} }};");
        Leave(saved);
        type.Members.Add(new Member("from", "", number, [], _work));
    }

    private List<Variable> Enter(List<Variable> variables)
    {
        List<Variable> saved = [.. _scope];
        _scope.Clear();
        _scope.AddRange(variables);
        _hiddenLocals.Push([.. _locals]);
        _locals.Clear();
        return saved;
    }

    private void Leave(List<Variable> saved)
    {
        _scope.Clear();
        _scope.AddRange(saved);
        _locals.Clear();
        _locals.AddRange(_hiddenLocals.Pop());
    }
}
