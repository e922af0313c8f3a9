namespace BpfSharp.Oracle.Generation;

/// <summary>Loops of <c>Bpf.Range</c>, <c>goto</c>, <c>try</c> with <c>finally</c>, <c>using</c>, and <c>checked</c> blocks.</summary>
internal sealed partial class ProgramGenerator
{
    private bool _usesGuard;

    /// <summary>How many loops a <c>break</c> could leave here.</summary>
    private int _breakable;

    /// <summary>Where it is not 0, nothing may leave the block: C# forbids it in <c>finally</c>.</summary>
    private int _closed;

    private void RangeLoop(int depth)
    {
        int trips = _dice.Between(1, _loopDepth > 0 ? 3 : 7);
        if (_work + (_factor * trips * 40) > MaximumWork)
        {
            If(depth);
            return;
        }
        string name = NewName("i");
        int first = _dice.Percent(70) ? 0 : _dice.Between(1, 4), mask = trips > 3 ? 7 : trips > 1 ? 3 : 1;
        bool isConstant = _dice.Percent(25);
        string count = isConstant ? $"{trips}u" : $"({IntValue(IntType.UInt, 1)} & {mask}u)";
        _loopDepth++;
        _breakable++;
        _factor *= isConstant ? trips : mask;
        Open($"foreach (uint {name} in Bpf.Range({(first == 0 ? count : $"{first}u, {first}u + {count}")}))");
        _counters.Add((name, IntType.UInt, first, first + (isConstant ? trips : mask) - 1));
        Body(depth);
        _counters.RemoveAt(_counters.Count - 1);
        Close();
        _factor /= isConstant ? trips : mask;
        _breakable--;
        _loopDepth--;
    }

    private void Goto(int depth)
    {
        string label = NewName("L");
        int trips = _dice.Between(2, 4);
        if (_dice.Percent(50) || _loopDepth > 1 || _work + (_factor * trips * 40) > MaximumWork)
        {
            Open("");
            Line($"if ({Condition(2)}) goto {label};");
            Open("");
            Statements(_dice.Between(1, 2), depth - 1);
            if (_dice.Percent(30)) Line($"if ({Condition(1)}) goto {label};");
            Statements(_dice.Between(0, 1), depth - 1);
            Close();
            Line($"{label}: ;");
            Close();
            return;
        }
        string count = NewName("n");
        Open("");
        Line($"int {count} = 0;");
        Line($"{label}:");
        Line($"{count}++;");
        _loopDepth++;
        _factor *= trips;
        _counters.Add((count, IntType.Int, 1, trips));
        Open("");
        Body(depth);
        Close();
        Line($"if ({count} < {trips}{(_dice.Percent(50) ? $" && {Condition(1)}" : "")}) goto {label};");
        _counters.RemoveAt(_counters.Count - 1);
        _factor /= trips;
        _loopDepth--;
        Close();
    }

    private void TryFinally(int depth)
    {
        Open("try");
        Statements(_dice.Between(1, 3), depth - 1);
        Close();
        Open("finally");
        _closed++;
        Statements(_dice.Between(1, 2), depth - 1);
        _closed--;
        Close();
    }

    private void Using(int depth)
    {
        _usesGuard = true;
        Spend(4);
        string name = NewName("u"), value = $"new Guard {{ N = {IntValue(IntType.Int, 2)} }}";
        if (_dice.Percent(50))
        {
            Open($"using (Guard {name} = {value})");
        }
        else
        {
            Open("");
            Line($"using Guard {name} = {value};");
        }
        Statements(_dice.Between(1, 3), depth - 1);
        Close();
    }

    private void Checked(int depth)
    {
        bool isChecked = MayFault();
        Open(isChecked ? "checked" : "unchecked");
        Statements(_dice.Between(1, 2), depth - 1);
        Close();
    }

    /// <summary>What <see cref="Using"/> disposes of.</summary>
    private void WriteGuard()
    {
        if (!_usesGuard) return;
        Line("public static int g99;");
        Line("public ref struct Guard { public int N; public readonly void Dispose() => g99 = unchecked((g99 * 3) + N); }");
    }
}
