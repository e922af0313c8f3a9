namespace BpfSharp.Analyzers.Tests.Frontend;

/// <summary>Functions that are not inlined, on the real kernel: struct, reference and span arguments, results, faults that end the program.</summary>
public class FunctionTests
{
    private const string NoInlining = "[MethodImpl(MethodImplOptions.NoInlining)] ";

    [KernelTheory]
    [InlineData("static int G(int x, long y) => unchecked(x + (int)y); static int F(int a, long b) => unchecked(G(a, b) * G(2, 3));")]
    [InlineData("struct S { public int A; public long B; } static S G(S s, int v) { s.A = v; s.B++; return s; } static long F(int a, long b) { S s = new() { A = 1, B = b }; S t = G(s, a); S u = G(t, 3); return unchecked(s.A + s.B + t.A * 3 + t.B * 5 + u.B); }")]
    [InlineData("static void G(ref int x, in long y, out int z) { x++; z = unchecked((int)y); } static int F(int a, long b) { G(ref a, in b, out int z); return unchecked(a + z); }")]
    [InlineData("static int G(int x) => 100 / x; static int F(int a) => unchecked(G(a) + G(3));")]
    [InlineData("static void G(int x) { if (100 / x > 3) n++; } static int n; static int F(int a) { n = 0; G(a); return n; }")]
    [InlineData("struct S { public int A; public int Add(int x) { A = unchecked(A + x); return A; } public readonly int Get() => A; } static int G(ref S s, int v) => s.Add(v); static int F(int a, int b) { S s = new() { A = a }; return unchecked(G(ref s, b) * 3 + s.Get()); }")]
    [InlineData("static int G(ReadOnlySpan<int> s) { int t = 0; for (int i = 0; i < s.Length; i++) t = unchecked(t + s[i]); return t; } static int F(int a, int b) { Span<int> s = [a, b, 3]; return G(s); }")]
    [InlineData("static ulong n; static ref ulong G(bool b) => ref (b ? ref n : ref m); static ulong m; static long F(int a) { n = m = 0; G(a > 3) = 7; G(true)++; return (long)(n * 3 + m); }")]
    public void Not_inlined(string members)
    {
        string apart = members.Replace("static int G(", NoInlining + "static int G(").Replace("static S G(", NoInlining + "static S G(")
            .Replace("static void G(", NoInlining + "static void G(").Replace("static ref ulong G(", NoInlining + "static ref ulong G(");
        Oracle.Check(apart);
        KernelOracle.Check(apart, "");
        KernelOracle.Check(members, "");
    }

    [KernelTheory]
    [InlineData("static int F(int a) { int s = 0; for (int i = 0; i < 100; i++) { if (i == a) continue; s += i; } return s; }")]
    [InlineData("[InlineArray(16)] struct B { long e; } static long F(int a, long b) { B x = default; for (int i = 0; i < 16; i++) x[i] = unchecked(b + i); long s = 0; foreach (long v in x) s ^= v; return unchecked(s + x[a & 15]); }")]
    [InlineData("static int F(int a, int b) { Span<byte> s = stackalloc byte[32]; int n = Math.Clamp(a, 0, 32); for (int i = 0; i < n; i++) s[i] = (byte)b; int t = 0; foreach (byte v in s[..n]) t += v; return t; }")]
    [InlineData("static int F(int a) { Span<int> s = stackalloc int[8]; for (int i = 0; i < s.Length; i++) s[i] = (i * 7) & 5; for (int i = 0; i < 8; i++) for (int j = 0; j + 1 < 8; j++) if (s[j] > s[j + 1]) (s[j], s[j + 1]) = (s[j + 1], s[j]); return s[a & 7]; }")]
    [InlineData("static int F(int a) { int i = 0, n = a & 63; while (i < n) i += 3; return i; }")]
    [InlineData("static ulong F(ulong a) { ulong h = 14695981039346656037; Span<byte> s = stackalloc byte[8]; BinaryPrimitives.WriteUInt64LittleEndian(s, a); foreach (byte x in s) { h ^= x; h = unchecked(h * 1099511628211); } return h; }")]
    public void Loops(string members)
    {
        Oracle.Check(members);
        KernelOracle.Check(members, "");
    }

    [KernelTheory]
    [InlineData("static long F(int a) { long n = a; Bpf.Loop(1000, ref n, static (i, ref s) => { s = unchecked(s + i); return true; }); return n; }")]
    [InlineData("struct S { public int Limit; public long Sum; } static long F(int a) { S s = new() { Limit = a & 0xFF }; uint n = Bpf.Loop(100_000, ref s, static (i, ref t) => { t.Sum += i; return i < t.Limit; }); return s.Sum * 3 + n; }")]
    [InlineData("static int n; static bool Step(uint i, ref int s) { s = 100 / (s - 1); return true; } static int F(int a) { n = a & 15; Bpf.Loop(5, ref n, Step); return n; }")]
    [InlineData("static long F(uint a) { int n = 0; return Bpf.Loop(a & 0xFFFFFF, ref n, static (i, ref s) => i < 3); }")]
    public void Kernel_loops(string members) => KernelOracle.Check(members, "");
}
