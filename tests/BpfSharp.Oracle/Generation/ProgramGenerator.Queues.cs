namespace BpfSharp.Oracle.Generation;

/// <summary>Queues and stacks of the kernel, and variables of types that are the same in every program.</summary>
internal sealed partial class ProgramGenerator
{
    private (bool IsStack, GType Element)? _queue;

    private void WriteQueue(GType[] dense)
    {
        if (!_dice.Percent(20)) return;
        GType element = dense.Length > 0 && _dice.Percent(40) ? _dice.Of(dense) : _dice.Of(IntType.All);
        bool isStack = _dice.Percent(50);
        Line($"[BpfMap(MaxEntries = {_dice.Between(2, 5)})] public static partial {(isStack ? "StackMap" : "QueueMap")}<{element}> Waiting {{ get; }}");
        _queue = (isStack, element);
    }

    private void QueueStatement()
    {
        if (_queue is not (var isStack, var element) || _loopDepth > 0)
        {
            MapStatement(1);
            return;
        }
        Spend(10);
        if (_dice.Percent(50))
        {
            string verb = (isStack, _dice.Percent(60)) switch { (true, true) => "TryPush", (true, false) => "PushOverOldest", (false, true) => "TryEnqueue", _ => "EnqueueOverOldest" };
            string call = $"Waiting.{verb}({(_dice.Percent(40) && Place(element, writable: false) is { } place ? place : Typed(element, 2))})";
            Line(_dice.Percent(50) ? $"if (!{call}) Results[{_dice.Below(ResultsLength)}u]++;" : $"{call};");
            return;
        }
        if (_aggregateBytes + element.Size > MaximumAggregateBytes)
        {
            Assign();
            return;
        }
        _aggregateBytes += element.Size;
        string name = NewName("v"), take = $"Waiting.{(_dice.Percent(30) ? "TryPeek" : isStack ? "TryPop" : "TryDequeue")}(out {element} {name})";
        Line(_dice.Percent(60) ? $"if ({take}) Results[{_dice.Below(ResultsLength)}u] += 5;" : $"{take};");
        _scope.Add(new Variable(name, element, false));
    }

    /// <summary>A reference kept in a struct, or operators that change their operand.</summary>
    private void TypeStatement()
    {
        IntType type = _dice.Of(IntType.All.Where(static t => t != IntType.Char).ToArray());
        Spend(8);
        if (_dice.Percent(50) && Place(type, writable: true) is { } place)
        {
            string cell = NewName("c");
            Line($"scoped {Helper("Cell")}<{type}> {cell} = new(ref {place}); {cell}.Add({Typed(type, 2)});");
            if (_dice.Percent(60) && Place(type, writable: true) is { } second) Line($"if ({Condition(1)}) {cell} = new(ref {second}); {cell}.Add({Typed(type, 1)});");
            Line($"Results[{_dice.Below(ResultsLength)}u] += unchecked((ulong){cell}.At ^ (ulong){cell}.Times);");
            return;
        }
        string tally = NewName("c"), n = NewName("t"), m = NewName("t");
        Line($"{Helper("Tally")} {tally} = new() {{ N = {IntValue(IntType.Int, 2)} }}; {tally} += {IntValue(IntType.Int, 2)}; ++{tally};");
        if (_loopDepth > 0) Line($"Results[{_dice.Below(ResultsLength)}u] += unchecked((ulong)({tally}.N - {tally}.M));");
        else
        {
            Line($"(int {n}, short {m}) = {tally};");
            _scope.Add(new Variable(n, IntType.Int, false));
            _scope.Add(new Variable(m, IntType.Short, false));
        }
    }
}
