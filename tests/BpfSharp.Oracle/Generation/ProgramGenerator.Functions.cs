namespace BpfSharp.Oracle.Generation;

/// <summary>Local functions, methods that return references, generic and variadic ones, extension members, and <c>ForEach</c>.</summary>
internal sealed partial class ProgramGenerator
{
    private readonly List<Method> _locals = [];
    private readonly Stack<Method[]> _hiddenLocals = new();
    private readonly SortedSet<string> _helpers = new(StringComparer.Ordinal);

    /// <summary>Methods that are the same in every program, and written to those that call them.</summary>
    private static readonly Dictionary<string, string> s_helpers = new()
    {
        ["Given"] = "[MethodImpl(MethodImplOptions.NoInlining)] static uint Given(uint value) => value;",
        ["Trailing"] = "[MethodImpl(MethodImplOptions.NoInlining)] static int Trailing(ulong value) => BitOperations.TrailingZeroCount(value);",
        ["Fold"] = "static long Fold(params ReadOnlySpan<long> items) { long sum = 1; foreach (long item in items) sum = unchecked((sum * 3) ^ item); return sum; }",
        ["Joined"] = "static int Joined(int first, int second, int last) { ReadOnlySpan<int> items = [first, second]; ReadOnlySpan<int> all = [7, .. items, last]; int sum = 0; foreach (int item in all) sum = unchecked((sum * 5) + item); return sum; }",
        ["Mix"] = "static T Mix<T>(T a, T b) where T : IBinaryInteger<T> => unchecked((a * b) + (a ^ b) - T.One);",
        ["Greater"] = "[MethodImpl(MethodImplOptions.NoInlining)] static T Greater<T>(T a, T b) where T : unmanaged, IComparable<T> => a.CompareTo(b) > 0 ? a : b;",
        ["Pick"] = "static ref T Pick<T>(ref T a, ref T b, bool second) where T : unmanaged => ref (second ? ref b : ref a);",
        ["Rated"] = "interface IRated<T> where T : struct, IRated<T> { static abstract int Rate { get; } int Get(); int Twice() => unchecked(Get() * T.Rate); } struct Low(int value) : IRated<Low> { public static int Rate => 2; public readonly int Get() => value; } struct High : IRated<High> { public long Most; public static int Rate => -7; public int Get() => unchecked((int)Most++); readonly int IRated<High>.Twice() => unchecked((int)(Most >> 3)); } static int Rated<T>(T a) where T : struct, IRated<T> => unchecked(a.Twice() + (a.Get() ^ T.Rate));",
        ["Cell"] = "ref struct Cell<T>(ref T at) where T : IBinaryInteger<T> { public ref T At = ref at; public int Times; public void Add(T x) { At = unchecked(At + x); Times++; } }",
        ["Tally"] = "struct Tally { public int N; public short M; public void operator +=(int x) { N = unchecked(N + x); M ^= unchecked((short)x); } public void operator ++() => M = unchecked((short)(M + 3)); public readonly void Deconstruct(out int n, out short m) { n = N; m = M; } }",
        ["Total"] = "[MethodImpl(MethodImplOptions.NoInlining)] static long Total(ReadOnlySpan<byte> items, int skip) { long sum = skip; for (int i = 0; i < items.Length; i++) if (i != skip) sum = unchecked((sum * 31) + items[i]); return sum; }",
        ["Swap"] = "[MethodImpl(MethodImplOptions.NoInlining)] static void Swap<T>(ref T a, ref T b) where T : unmanaged => (a, b) = (b, a);",
    };

    private string Helper(string name)
    {
        _helpers.Add(name);
        return name;
    }

    /// <summary>A number that a method of the fixed ones computes.</summary>
    private Expr HelperValue(IntType type, int depth)
    {
        Spend(10);
        switch (_dice.Below(9))
        {
            case 0:
                return Converted(new Expr($"{Helper("Fold")}({string.Join(", ", Enumerable.Range(0, _dice.Between(1, 3)).Select(_ => Typed(IntType.Long, depth - 1)))})"), IntType.Long, type);
            case 1:
                return Converted(new Expr($"{Helper("Joined")}({Typed(IntType.Int, depth - 1)}, {Typed(IntType.Int, depth - 1)}, {Typed(IntType.Int, depth - 1)})"), IntType.Int, type);
            case 2 when type != IntType.Char:
                return new Expr($"{Helper("Mix")}<{type}>({Typed(type, depth - 1)}, {Typed(type, depth - 1)})");
            case 3:
                return new Expr($"{Helper("Greater")}<{type}>({Typed(type, depth - 1)}, {Typed(type, depth - 1)})");
            case 4:
                _helpers.Add("extension");
                return Converted(new Expr(_dice.Percent(50) ? $"{Typed(IntType.Int, depth - 1)}.Tripled{_seed}" : $"{Typed(IntType.Int, depth - 1)}.Plus{_seed}({Typed(IntType.Int, depth - 1)})"), IntType.Int, type);
            case 5:
                Helper("Rated");
                return Converted(new Expr($"Rated({(_dice.Percent(50) ? $"new Low({Typed(IntType.Int, depth - 1)})" : $"new High {{ Most = {Typed(IntType.Long, depth - 1)} }}")})"), IntType.Int, type);
            case 6:
                string text = _dice.Of<string>(["GET /", "hello, world", "aaaaaaab"]);
                return Converted(new Expr($"\"{text}\"u8[{Index(text.Length)}]"), IntType.Byte, type);
            case 7:
                return Converted(new Expr($"{Helper("Total")}(\"{_dice.Of<string>(["abc", "key=value", "\\0\\x7f"])}\"u8, {Typed(IntType.Int, depth - 1)})"), IntType.Long, type);
            default:
                IntType from = _dice.Of(IntType.All.Where(static t => !t.IsNative && t != IntType.Char).ToArray());
                if (type.IsNative || type == IntType.Char) return Leaf(type);
                return new Expr($"{type}.Create{_dice.Of<string>(["Saturating", "Truncating"])}({Typed(from, depth - 1)})");
        }
    }

    private void WriteHelpers()
    {
        foreach (string helper in _helpers)
        {
            if (s_helpers.TryGetValue(helper, out string? text)) Line(text);
        }
    }

    /// <summary>The class of extension members, behind the program's class.</summary>
    private void WriteExtensions(string name)
    {
        if (!_helpers.Contains("extension")) return;
        // The members of other programs in the compilation have other names.
        Line($"static class {name}Extensions {{ extension(int x) {{ public int Tripled{_seed} => unchecked(x * 3); public int Plus{_seed}(int y) => unchecked(x + y); }} }}");
    }

    private void LocalFunction()
    {
        if (_loopDepth > 0 || _hiddenLocals.Count > 1)
        {
            Assign();
            return;
        }
        bool isStatic = _dice.Percent(40);
        GType? result = _dice.Percent(20) ? null : ScalarType();
        Parameter[] parameters = [.. Parameters(2, byValueOnly: false).Select(p => p with { Name = NewName("q") })];
        // What C# lets it capture: no references, spans or parameters of the method.
        List<Variable> captured = isStatic ? [] : [.. _scope.Where(static v => v.Text[0] is 'v' or 't' && v.Text.All(char.IsAsciiLetterOrDigit) && v.Type is not SpanType)];
        string name = NewName("Local");
        (int Work, int Factor, bool Changes) outer = (_work, _factor, _changesMaps);
        (_work, _factor, _changesMaps) = (0, 1, false);
        Open($"{(isStatic ? "static " : "")}{result?.Name ?? "void"} {name}({Declare(parameters)})");
        Body(result, parameters, captured, _dice.Between(1, 3));
        Close();
        _locals.Add(new Method(name, result, parameters, _work, _changesMaps));
        (_work, _factor, _changesMaps) = outer;
        if (_dice.Percent(60) && CanCall(_locals[^1]) && Call(_locals[^1], 2) is { } call) Line($"{call};");
    }

    /// <summary>A reference that is one of two, by a condition.</summary>
    private void ChosenReference()
    {
        GType type = ScalarType();
        if (Place(type, writable: true) is not { } first || Place(type, writable: true) is not { } second)
        {
            Assign();
            return;
        }
        Spend(4);
        string name = NewName("r");
        switch (_dice.Below(4))
        {
            case 0:
                Line($"{Helper("Swap")}(ref {first}, ref {second});");
                return;
            case 1:
                Line($"{Helper("Pick")}(ref {first}, ref {second}, {Condition(1)}) = {Typed(type, 2)};");
                return;
            case 2:
                Line($"ref {type} {name} = ref {Helper("Pick")}(ref {first}, ref {second}, {Condition(1)});");
                break;
            default:
                Line($"ref {type} {name} = ref ({Condition(2)} ? ref {first} : ref {second});");
                break;
        }
        _scope.Add(new Variable(name, type, false));
    }

    /// <summary>Whether an index changes something, which entries in another order would change otherwise.</summary>
    private static bool HasEffects(string place) =>
        place.Contains("++", StringComparison.Ordinal) || place.Contains("--", StringComparison.Ordinal) || place.Contains("= ", StringComparison.Ordinal)
        || place.Contains("Interlocked", StringComparison.Ordinal);

    /// <summary><c>ForEach</c> of a map. Hash tables have another order in .NET, so that only sums are made of them.</summary>
    private void MapCallback()
    {
        bool isArray = _slots is not null && _dice.Percent(50);
        if (!_hasForEach || _loopDepth > 0 || !(isArray || _tables.Count > 0))
        {
            Assign();
            return;
        }
        (string name, GType key, GType value) = isArray ? ("Slots", IntType.UInt, _slots!) : _dice.Of(_tables);
        IntType type = _dice.Of(s_atomic);
        string state = NewName("v"), k = NewName("k"), item = NewName("m"), self = NewName("p");
        Line($"{type} {state} = {IntValue(type, 2)};");
        List<Variable> saved = Enter(isArray ? [new Variable(self, type, false), new Variable(k, key, true), new Variable(item, value, false)] : []);
        (GType? Returns, bool IsProgram, int Bytes, int Frozen) outer = (_returns, _isProgram, _aggregateBytes, _frozen);
        (_returns, _isProgram, _aggregateBytes, _frozen) = (BoolType.Instance, false, 100, 1);
        _loopDepth++;
        _factor *= 4;
        string call = $"{name}.ForEach(ref {state}, static (in {key} {k}, ref {value} {item}, ref {type} {self}) =>";
        string counted = NewName("v");
        bool isCounted = isArray && _dice.Percent(50);
        Open(isCounted ? $"uint {counted} = {call}" : call);
        if (isArray)
        {
            for (int i = _dice.Between(1, 2); i > 0 && !IsSpent; i--) Assign();
            Line($"return {(_dice.Percent(60) ? "true" : Condition(1).Text)};");
        }
        else
        {
            IntType[] inside = [.. IntType.All.Distinct().Where(t => Contains(value, t))];
            string text = inside.Length > 0 ? Walk(item, value, _dice.Of(inside), writable: false) ?? "1" : "1";
            if (HasEffects(text)) text = "1";
            Line($"{self} = unchecked({self} + ({type})({text}));");
            if (inside.Length > 0 && _dice.Percent(40) && Walk(item, value, _dice.Of(inside), writable: true) is { } changed && !HasEffects(changed)) Line($"{changed}++;");
            Line("return true;");
        }
        Close(");");
        _factor /= 4;
        _loopDepth--;
        (_returns, _isProgram, _aggregateBytes, _frozen) = outer;
        Leave(saved);
        _scope.Add(new Variable(state, type, false));
        if (isCounted) _scope.Add(new Variable(counted, IntType.UInt, false));
    }
}
