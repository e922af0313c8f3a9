using System.Globalization;
using System.Text;

namespace BpfSharp.Analyzers.Tests.Frontend;

/// <summary>Writes random well-typed C# methods over the subset: integers of every width, control flow, structs, spans, tuples, nullable values, calls.</summary>
internal sealed class RandomProgram(int seed)
{
    private static readonly string[] Integers = ["sbyte", "byte", "short", "ushort", "int", "uint", "long", "ulong"];
    private static readonly string[] Arithmetic = ["+", "-", "*", "&", "|", "^", "/", "%"];
    private static readonly string[] Comparisons = ["<", "<=", ">", ">=", "==", "!="];

    private readonly Random _random = new(seed);
    private readonly StringBuilder _text = new();
    private readonly List<(string Name, string Type)> _variables = [];
    private int _names;
    private int _loops;
    private int _helpers;

    /// <summary>The members of a class: <paramref name="count"/> methods <c>F0</c>, <c>F1</c> … that take an int, a long and a byte and return a long.</summary>
    public string Write(int count)
    {
        _text.AppendLine("struct S { public int A; public long B; public byte C; public short D; public int Sum(int x) { D++; return unchecked(A + C + x); } }");
        _text.AppendLine("[InlineArray(4)] struct Buf { int e; }");
        _text.AppendLine("static int g0; static long g1;");
        for (_helpers = 0; _helpers < 3; _helpers++) Helper();
        for (int i = 0; i < count; i++) Method(i);
        return _text.ToString();
    }

    private void Helper()
    {
        _variables.Clear();
        _variables.AddRange([("p", "int"), ("q", "long"), ("r", "short")]);
        _text.AppendLine(CultureInfo.InvariantCulture, $"static long H{_helpers}(int p, long q, ref short r) {{ unchecked {{");
        for (int i = _random.Next(3); i >= 0; i--) Statement(2);
        _text.AppendLine(CultureInfo.InvariantCulture, $"return {Expression("long", 2)}; }} }}");
    }

    private void Method(int number)
    {
        _variables.Clear();
        _text.AppendLine(CultureInfo.InvariantCulture, $"static long F{number}(int a, long b, byte c) {{ unchecked {{ g0 = 1; g1 = 2; S s = new() {{ A = a, B = b }}; Buf buf = default; Span<long> sp = [b, a, c];");
        _variables.AddRange([("a", "int"), ("b", "long"), ("c", "byte"), ("s.A", "int"), ("s.B", "long"), ("s.C", "byte"), ("s.D", "short"), ("g0", "int"), ("g1", "long"), ("buf[1]", "int"), ("sp[2]", "long")]);
        foreach (string type in Integers) Declare(type);
        for (int i = _random.Next(4, 9); i >= 0; i--) Statement(0);
        string result = string.Join(" * 31 + ", _variables.Select(static v => $"(long){v.Name}"));
        _text.AppendLine(CultureInfo.InvariantCulture, $"return {result}; }} }}");
    }

    private void Declare(string type)
    {
        string name = "v" + _names++;
        _text.AppendLine(CultureInfo.InvariantCulture, $"{type} {name} = {Expression(type, 1)};");
        _variables.Add((name, type));
    }

    private void Block(int depth)
    {
        int count = _variables.Count;
        _text.AppendLine("{");
        for (int i = _random.Next(1, 4); i > 0; i--) Statement(depth + 1);
        _text.AppendLine("}");
        _variables.RemoveRange(count, _variables.Count - count);
    }

    private void Statement(int depth)
    {
        (string target, string type) = Pick(_variables);
        switch (_random.Next(depth >= 3 ? 7 : 13))
        {
            case 0 or 1:
                _text.AppendLine(CultureInfo.InvariantCulture, $"{target} = {Expression(type, 3)};");
                break;
            case 2:
                _text.AppendLine(CultureInfo.InvariantCulture, $"{target} {Pick(Arithmetic[..6])}= {Expression(type, 2)};");
                break;
            case 3:
                _text.AppendLine(CultureInfo.InvariantCulture, $"{target} {Pick(["<<", ">>", ">>>"])}= {Expression("int", 1)};");
                break;
            case 4:
                _text.AppendLine(CultureInfo.InvariantCulture, $"{target}{Pick(["++", "--"])};");
                break;
            case 5:
                Declare(Pick(Integers));
                break;
            case 6:
                _text.AppendLine(CultureInfo.InvariantCulture, $"if ({Condition(1)}) {target} = {Literal(type)};");
                break;
            case 7:
                _text.AppendLine(CultureInfo.InvariantCulture, $"if ({Condition(2)})");
                Block(depth);
                if (_random.Next(2) == 0)
                {
                    _text.AppendLine("else");
                    Block(depth);
                }
                break;
            case 8:
                string index = "i" + _loops++;
                _text.AppendLine(CultureInfo.InvariantCulture, $"for (int {index} = 0; {index} < {_random.Next(1, 7)}; {index}++) {{ if ({Condition(1)}) {Pick(["continue", "break"])};");
                Block(depth + 2);
                _text.AppendLine("}");
                break;
            case 9:
                _text.AppendLine(CultureInfo.InvariantCulture, $"switch ({Expression("int", 1)} & 3) {{ case 0:");
                Block(depth);
                _text.AppendLine("break; case 1: case 2:");
                Block(depth);
                _text.AppendLine("break; default: break; }");
                break;
            case 10:
                string copy = "s" + _names++;
                _text.AppendLine(CultureInfo.InvariantCulture, $"{{ S {copy} = new() {{ A = {Expression("int", 1)}, D = {Expression("short", 1)} }}; {target} = ({type})({copy}.Sum({Expression("int", 1)}) + {copy}.D); }}");
                break;
            case 11:
                string first = "t" + _names++;
                _text.AppendLine(CultureInfo.InvariantCulture, $"{{ (int, long) {first} = ({Expression("int", 1)}, {Expression("long", 1)}); var (x{first}, y{first}) = {first}; {target} = ({type})(x{first} ^ y{first}); }}");
                break;
            default:
                string maybe = "n" + _names++;
                _text.AppendLine(CultureInfo.InvariantCulture, $"{{ int? {maybe} = {Condition(1)} ? {Expression("int", 1)} : null; {target} = ({type})({maybe} + {Expression("int", 1)} ?? {Expression("int", 1)}); }}");
                break;
        }
    }

    private string Expression(string type, int depth)
    {
        if (depth <= 0) return _random.Next(3) == 0 ? Literal(type) : Variable(type);
        switch (_random.Next(14))
        {
            case 0: return Literal(type);
            case 1 or 2: return Variable(type);
            case <= 6:
                string op = Pick(Arithmetic);
                string wide = Pick(Integers);
                // A divisor that is often not zero, and a constant one never.
                string right = op is "/" or "%" ? $"({wide})({Variable(wide)} | {_random.Next(2)})" : Expression(wide, depth - 1);
                return $"({type})(({wide}){Expression(wide, depth - 1)} {op} {right})";
            case 7: return $"({type})({Expression(Pick(Integers), depth - 1)} {Pick(["<<", ">>", ">>>"])} {Expression("int", depth - 1)})";
            case 8: return $"({type})({Condition(depth - 1)} ? {Expression(type, depth - 1)} : {Expression(type, depth - 1)})";
            case 9: return type is "ulong" ? $"(~{Expression(type, depth - 1)})" : $"({type})({Pick(["-", "~"])}(long){Expression(type, depth - 1)})";
            case 10: return $"({type})({Variable("int")} switch {{ 0 => {Expression("long", depth - 1)}, > 5 and < 100 => {Literal("long")}, < 0 => {Expression("int", depth - 1)}, _ => {Expression("long", depth - 1)} }})";
            case 11: return $"({type})checked({Variable("int")} {Pick(["+", "-", "*"])} {_random.Next(1, 4)})";
            case 12 when _helpers > 0 && _variables.Exists(static v => v is { Type: "short" } && !v.Name.Contains('(')):
                return $"({type})H{_random.Next(_helpers)}({Expression("int", depth - 1)}, {Expression("long", depth - 1)}, ref {Pick(_variables.FindAll(static v => v.Type == "short")).Name})";
            default: return $"({type})Math.{Pick(["Min", "Max"])}({Expression("int", depth - 1)}, {Expression("int", depth - 1)})";
        }
    }

    private string Condition(int depth)
    {
        if (depth > 0 && _random.Next(3) == 0) return $"({Condition(depth - 1)} {Pick(["&&", "||", "^"])} {Condition(depth - 1)})";
        string type = Pick(Integers);
        return $"({Expression(type, depth)} {Pick(Comparisons)} {Expression(type, depth - 1)})";
    }

    private string Variable(string type)
    {
        (string name, string own) = Pick(_variables);
        return own == type ? name : $"(({type}){name})";
    }

    private string Literal(string type)
    {
        long value = _random.Next(4) switch { 0 => _random.Next(-3, 4), 1 => _random.Next(-200, 300), 2 => _random.Next(), _ => _random.NextInt64(long.MinValue, long.MaxValue) };
        return $"unchecked(({type})({value.ToString(CultureInfo.InvariantCulture)}L))";
    }

    private T Pick<T>(IReadOnlyList<T> list) => list[_random.Next(list.Count)];
}
