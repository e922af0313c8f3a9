namespace BpfSharp.Oracle.Generation;

/// <summary>Loops, all with a bound that the verifier can see.</summary>
internal sealed partial class ProgramGenerator
{
    private void Loop(int depth)
    {
        int trips = _dice.Between(1, _loopDepth > 0 ? 3 : 6);
        if (_work + (_factor * trips * 40) > MaximumWork)
        {
            If(depth);
            return;
        }
        _loopDepth++;
        _breakable++;
        _factor *= trips;
        switch (_dice.Weighted((50, 0), (12, 1), (12, 2), (14, 3)))
        {
            case 0: For(trips, depth); break;
            case 1: While(trips, depth); break;
            case 2: Do(trips, depth); break;
            default: ForEach(trips, depth); break;
        }
        _factor /= trips;
        _breakable--;
        _loopDepth--;
    }

    private void Body(int depth) => Statements(_dice.Between(1, 3), depth - 1);

    private void For(int trips, int depth)
    {
        IntType type = _dice.Weighted((60, IntType.Int), (15, IntType.UInt), (8, IntType.Byte), (6, IntType.Long), (6, IntType.ULong), (5, IntType.Short));
        string name = NewName("i");
        int first = _dice.Percent(70) ? 0 : _dice.Below(5), step = _dice.Percent(80) ? 1 : 2;
        string also = _dice.Percent(20) ? $" && {Condition(1)}" : "";
        int last = first + ((trips - 1) * step);
        if (_dice.Percent(20) && first == 0 && step == 1)
        {
            // The number of rounds is known at run time only; its bound is known before.
            Line($"for ({type} {name} = 0; {name} < ({IntValue(type, 1)} & {Literal(type, trips > 3 ? 7 : trips > 1 ? 3 : 1)}){also}; {name}++)");
            last = trips > 3 ? 6 : trips > 1 ? 2 : 0;
        }
        else if (_dice.Percent(25))
        {
            Line($"for ({type} {name} = {last}; {name} {(first >= step && _dice.Percent(50) ? ">=" : ">")} {first}{also}; {name}{(step == 1 ? "--" : " -= 2")})");
        }
        else
        {
            string test = _dice.Percent(50) || step != 1 ? $"< {last + 1}" : _dice.Percent(50) ? $"<= {last}" : $"!= {last + 1}";
            Line($"for ({type} {name} = {first}; {name} {test}{also}; {(step == 1 ? _dice.Percent(50) ? $"{name}++" : $"++{name}" : $"{name} += 2")})");
        }
        _counters.Add((name, type, first, last));
        Open("");
        Body(depth);
        Close();
        _counters.RemoveAt(_counters.Count - 1);
    }

    private void While(int trips, int depth)
    {
        string name = NewName("n");
        Line($"int {name} = 0;");
        Open(_dice.Percent(40) ? $"while ({name} < {trips} && {Condition(2)})" : $"while ({name} < {trips})");
        Line($"{name}++;");
        _counters.Add((name, IntType.Int, 1, trips));
        Body(depth);
        _counters.RemoveAt(_counters.Count - 1);
        Close();
    }

    private void Do(int trips, int depth)
    {
        string name = NewName("n");
        Line($"int {name} = {trips};");
        Open("do");
        Line($"{name}--;");
        _counters.Add((name, IntType.Int, 0, trips - 1));
        Body(depth);
        _counters.RemoveAt(_counters.Count - 1);
        Close($" while ({name} > 0{(_dice.Percent(30) ? $" && {Condition(2)}" : "")});");
    }

    private void ForEach(int trips, int depth)
    {
        Variable[] sequences = [.. _scope.Where(static v => v.Type is ArrayType { Length: <= 6 } or SpanType { Length: <= 6 })];
        if (sequences.Length == 0)
        {
            For(trips, depth);
            return;
        }
        Variable sequence = _dice.Of(sequences);
        bool isWritable = sequence.Type is SpanType { IsReadOnly: false } && _dice.Percent(40);
        GType element = sequence.Type is SpanType s ? s.Element : ((ArrayType)sequence.Type).Element;
        string name = NewName("e");
        Open($"foreach ({(isWritable ? "ref " : "")}{element} {name} in {sequence.Text})");
        int variables = _scope.Count;
        _scope.Add(new Variable(name, element, !isWritable));
        Body(depth);
        _scope.RemoveRange(variables, _scope.Count - variables);
        Close();
    }
}
