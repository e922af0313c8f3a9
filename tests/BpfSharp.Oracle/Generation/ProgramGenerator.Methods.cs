namespace BpfSharp.Oracle.Generation;

/// <summary>Static methods, their calls, and the program itself.</summary>
internal sealed partial class ProgramGenerator
{
    private readonly List<Method> _methods = [];

    private string NoInlining() => _dice.Weighted((5, ""), (3, "[MethodImpl(MethodImplOptions.NoInlining)] "), (1, "[MethodImpl(MethodImplOptions.AggressiveInlining)] "));

    private void WriteMethods()
    {
        for (int i = Few(5); i > 0; i--) WriteMethod();
    }

    private void WriteMethod()
    {
        GType? result = _dice.Percent(15) ? null : AnyType();
        Parameter[] parameters = Parameters(4, byValueOnly: false);
        string name = $"Method{_methods.Count}";
        int outer = _work;
        (_work, _changesMaps) = (0, false);
        Line();
        if (_dice.Percent(15) && result is not null)
        {
            // One type parameter, in place of the first parameter's type, that only travels through.
            GType carried = AnyType();
            Open($"{NoInlining()}static {result} {name}<T>(T first, bool which, out T second{(parameters.Length > 0 ? ", " : "")}{Declare(parameters[..Math.Min(1, parameters.Length)])}) where T : unmanaged");
            Line("second = which ? first : default;");
            Body(result, parameters[..Math.Min(1, parameters.Length)], [new Variable("which", BoolType.Instance, false)], 3);
            Close();
            parameters = [new("", "first", carried), new("", "which", BoolType.Instance), new("out", "second", carried), .. parameters[..Math.Min(1, parameters.Length)]];
        }
        else
        {
            Open($"{NoInlining()}static {result?.Name ?? "void"} {name}({Declare(parameters)})");
            Body(result, parameters, [], _dice.Between(1, 5));
            Close();
        }
        _methods.Add(new Method(name, result, parameters, _work, _changesMaps));
        _work = outer;
    }

    private Parameter[] Parameters(int most, bool byValueOnly) =>
        [.. Enumerable.Range(0, _dice.Between(0, most)).Select(i => new Parameter(byValueOnly ? "" : _dice.Weighted((6, ""), (3, "ref"), (2, "in"), (1, "out")), $"p{i}", _dice.Percent(60) ? ScalarType() : AnyType()) is var made && !byValueOnly && _dice.Percent(12) ? SpanParameter(made.Name) : made)];

    /// <summary>A parameter that is a span of some length at least.</summary>
    private Parameter SpanParameter(string name)
    {
        IntType element = _dice.Of(IntType.All);
        return new Parameter("", name, new SpanType(element, _dice.Between(1, Math.Min(3, 24 / element.Size)), _dice.Percent(50)));
    }

    private static string Declare(Parameter[] parameters) => string.Join(", ", parameters.Select(static p => $"{p.Mode} {p.Type} {p.Name}".TrimStart()));

    /// <summary>A method's statements and its return.</summary>
    private void Body(GType? result, Parameter[] parameters, List<Variable> others, int statements)
    {
        List<Variable> saved = Enter([.. others]);
        (GType? Returns, bool IsProgram, int Bytes, int Breakable, int Closed) outer = (_returns, _isProgram, _aggregateBytes, _breakable, _closed);
        (_returns, _isProgram, _aggregateBytes, _breakable, _closed) = (result, false, 40, 0, 0);
        foreach (Parameter parameter in parameters)
        {
            if (parameter.Mode == "out") Line($"{parameter.Name} = {Value(parameter.Type, 1)};");
            _scope.Add(new Variable(parameter.Name, parameter.Type, parameter.Mode == "in"));
        }
        for (int i = 0; i < statements && !IsSpent; i++) Statement(2);
        if (result is not null) Line(Return(3));
        (_returns, _isProgram, _aggregateBytes, _breakable, _closed) = outer;
        Leave(saved);
    }

    /// <summary>A call whose result has the type; null if nothing that can be called has it.</summary>
    private Expr? Call(GType type, int depth)
    {
        List<Func<Expr?>> calls = [];
        foreach (Method method in _methods.Concat(_locals).Where(m => m.Result == type && CanCall(m))) calls.Add(() => Call(method, depth));
        foreach (StructType owner in _structs)
        {
            foreach (Member member in owner.Members.Where(m => m.Result == type && m.Kind is not ("operator" or "from") && CanSpend(m.Work)))
            {
                if (Place(owner, writable: member.Kind == "method") is not { } place) continue;
                calls.Add(() => Use(place, member, depth));
            }
        }
        return calls.Count == 0 ? null : _dice.Of(calls)();
    }

    private bool CanCall(Method method) => CanSpend(method.Work) && !(method.ChangesMaps && _frozen > 0);

    private Expr Use(string place, Member member, int depth)
    {
        Spend(member.Work);
        string arguments = string.Join(", ", member.Parameters.Select(p => Typed(p.Type, depth - 1)));
        return new Expr(member.Kind switch
        {
            "property" => $"{place}.{member.Name}",
            "indexer" => $"{place}[{arguments}]",
            "to" => $"unchecked(({member.Result}){place})",
            _ => $"{place}.{member.Name}({arguments})",
        });
    }

    private Expr? Call(Method method, int depth)
    {
        List<string> arguments = [];
        foreach (Parameter parameter in method.Parameters)
        {
            string? argument = parameter.Mode switch
            {
                "" when parameter.Type is SpanType span => SpanArgument(span),
                "" => Typed(parameter.Type, depth - 1),
                "in" => _dice.Percent(50) && Place(parameter.Type, writable: false) is { } place ? place : Typed(parameter.Type, depth - 1),
                "out" when _dice.Percent(30) => "out _",
                _ => Place(parameter.Type, writable: true) is { } target ? $"{parameter.Mode} {target}" : null,
            };
            if (argument is null) return null;
            arguments.Add(argument);
        }
        Spend(method.Work);
        _changesMaps |= method.ChangesMaps;
        return new Expr($"{method.Name}({string.Join(", ", arguments)})");
    }

    /// <summary>A span in scope that is long enough; null if there is none.</summary>
    private string? SpanArgument(SpanType wanted)
    {
        Variable[] spans = [.. _scope.Where(v => v.Type is SpanType s && s.Element == wanted.Element && s.Length >= wanted.Length && (wanted.IsReadOnly || !s.IsReadOnly))];
        if (spans.Length > 0) return _dice.Of(spans).Text;
        return wanted.IsReadOnly ? $"[{string.Join(", ", Enumerable.Range(0, wanted.Length).Select(_ => Typed(wanted.Element, 1)))}]" : null;
    }

    private void CallStatement()
    {
        Method[] callable = [.. _methods.Concat(_locals).Where(CanCall)];
        if (callable.Length > 0 && Call(_dice.Of(callable), 3) is { } call) Line($"{call};");
        else Assign();
    }

    private void WriteProgram()
    {
        Line();
        Line("[BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]");
        Open("static XdpAction Run(XdpContext ctx)");
        Line("PacketCursor packet = ctx.Packet;");
        Line("if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;");
        (_isProgram, _aggregateBytes, _work) = (true, 0, 0);
        _scope.Add(new Variable("input.Value", _input, false));
        if (_dice.Percent(30))
        {
            Line("Input copy = input.Value;");
            _scope.Add(new Variable("copy", _input, false));
            _aggregateBytes += 40;
        }
        for (int i = _dice.Between(3, 12); i > 0 && !IsSpent; i--) Statement(3);
        foreach (Variable variable in _scope.Where(static v => !v.Text.Contains('.', StringComparison.Ordinal)).ToArray()) Report(variable.Text, variable.Type);
        Line(Return(2));
        Close();
        _scope.Clear();
        _locals.Clear();
    }

    /// <summary>Adds a variable's numbers to a result, so that nothing that was computed goes unseen.</summary>
    private void Report(string text, GType type)
    {
        switch (type)
        {
            case IntType or EnumType:
                Line($"Results[{_dice.Below(ResultsLength)}u] += unchecked((ulong){text});");
                break;
            case BoolType:
                Line($"Results[{_dice.Below(ResultsLength)}u] ^= {text} ? 1UL : 2UL;");
                break;
            case StructType s:
                foreach (Field field in s.Fields) Report($"{text}.{field.Name}", field.Type);
                break;
            case TupleType t:
                foreach (Field item in t.Items) Report($"{text}.{item.Name}", item.Type);
                break;
            case ArrayType a:
                for (int i = 0; i < a.Length; i++) Report($"{text}[{i}]", a.Element);
                break;
            case NullableType n:
                Line($"Results[{_dice.Below(ResultsLength)}u] += {text} is {{ }} {NewName("w")} ? unchecked((ulong)w{_names - 1}) : 3UL;");
                break;
            case SpanType s:
                for (int i = 0; i < s.Length; i++) Report($"{text}[{i}]", s.Element);
                break;
        }
    }
}
