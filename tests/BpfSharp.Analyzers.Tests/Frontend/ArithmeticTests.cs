namespace BpfSharp.Analyzers.Tests.Frontend;

/// <summary>Integer operators of every width, compared with .NET.</summary>
public class ArithmeticTests
{
    private static readonly string[] Names = ["sbyte", "byte", "short", "ushort", "char", "int", "uint", "long", "ulong", "nint", "nuint"];

    public static TheoryData<string> Types => [.. Names];

    [Theory]
    [MemberData(nameof(Types))]
    public void Binary_operators(string type)
    {
        foreach (string op in (string[])["+", "-", "*", "/", "%", "&", "|", "^"])
        {
            Oracle.Check($"static {type} F({type} a, {type} b) => unchecked(({type})(a {op} b));");
            Oracle.Check($"static {type} F({type} a, {type} b) => checked(({type})(a {op} b));");
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Comparisons_and_shifts(string type)
    {
        foreach (string op in (string[])["==", "!=", "<", "<=", ">", ">="]) Oracle.Check($"static bool F({type} a, {type} b) => a {op} b;");
        foreach (string op in (string[])["<<", ">>", ">>>"]) Oracle.Check($"static {type} F({type} a, int b) => ({type})(a {op} b);");
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Unary_and_compound(string type)
    {
        Oracle.Check($"static {type} F({type} a) => unchecked(({type})(~a));");
        if (type is not ("ulong" or "nuint")) Oracle.Check($"static long F({type} a) => checked(-a);");
        Oracle.Check($"static long F({type} a) {{ {type} b = a; b++; {type} c = b--; return unchecked((long)b * 3 + (long)c); }}");
        Oracle.Check($"static long F({type} a) {{ checked {{ a++; return unchecked((long)a); }} }}");
        Oracle.Check($"static long F({type} a, {type} b) {{ a += b; a *= ({type})3; a ^= b; a -= ({type})1; return unchecked((long)a); }}");
        Oracle.Check($"static long F({type} a, int b) {{ a <<= b; a >>= 3; a >>>= b; return unchecked((long)a); }}");
        Oracle.Check($"static long F({type} a, {type} b) {{ a += b; return unchecked((long)a); }}", isChecked: true);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Conversions(string from)
    {
        foreach (string to in Names)
        {
            Oracle.Check($"static {to} F({from} a) => unchecked(({to})a);");
            Oracle.Check($"static {to} F({from} a) => checked(({to})a);");
        }
    }

    [Fact]
    public void Bool()
    {
        foreach (string op in (string[])["&", "|", "^", "==", "!=", "&&", "||"]) Oracle.Check($"static bool F(bool a, bool b) => a {op} !b;");
        Oracle.Check("static bool F(bool a, bool b) { a &= b; a |= !b; a ^= true; return a; }");
        Oracle.Check("static int F(int a, int b) => a > 3 && b < 5 || !(a == b) ? a : b;");
    }

    [Fact]
    public void Enums()
    {
        const string Types = "enum E : byte { A = 1, B = 2, C = 200 } [Flags] enum L : long { X = 1, Y = 1L << 40 }";
        Oracle.Check("static int F(byte a) { E e = (E)a; e++; e |= E.B; e += 3; return (int)(e - E.A) + (e > E.C ? 1000 : 0); }", Types);
        Oracle.Check("static long F(long a) { L l = (L)a; return (long)(l & L.Y) + ((l & L.X) != 0 ? 1 : 0) + (long)~l; }", Types);
        Oracle.Check("static int F(byte a) => (E)a switch { E.A => 1, E.B or E.C => 2, _ => 3 };", Types);
    }
}
