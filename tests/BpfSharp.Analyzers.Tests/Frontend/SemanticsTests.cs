namespace BpfSharp.Analyzers.Tests.Frontend;

/// <summary>What is easily got wrong: order of evaluation, copies, aliasing, faults, control flow. Compared with .NET.</summary>
public class SemanticsTests
{
    private const string Trace = "static int log; static int L(int v) { log = unchecked(log * 31 + v); return v; } ";

    [Theory]
    [InlineData("static int F(int a, int b) { log = 0; int r = L(a) + L(b) * L(3); return unchecked(log + r); }")]
    [InlineData("static int F(int a) { log = 0; int x = a; x = x++ + x++ + ++x; return x; }")]
    [InlineData("static int F(int a) { log = 0; int x = a; int y = x + (x = 5) + x; return y; }")]
    [InlineData("static int F(int a) { int x = a; x += (x = 3) + x; return x; }")]
    [InlineData("static int G(int x, int y, int z) => unchecked(x * 100 + y * 10 + z); static int F(int a) { log = 0; int r = G(z: L(a), x: L(2), y: L(3)); return unchecked(r + log); }")]
    [InlineData("static int F(int a) { log = 0; Span<int> s = stackalloc int[4]; s[L(1)] = L(2) + s[L(3)]; s[L(a & 3)] += L(9); return unchecked(log + s[1] * 7 + s[3]); }")]
    [InlineData("static int F(int a, int b) { log = 0; bool r = L(a) > 3 && L(b) > 3 || L(a) < 0 & L(b) < 0; return unchecked(log + (r ? 1 : 0)); }")]
    [InlineData("static int F(int a, int b) { log = 0; (int x, int y) = (L(a), L(b)); (x, y) = (y, x); return unchecked(log + x * 3 + y); }")]
    public void Order_of_evaluation(string members) => Check(Trace + members);

    [Theory]
    [InlineData("struct S { public int A, B; } static int F(int a, int b) { S s = new() { A = a, B = b }; s = new S { A = s.B, B = s.A }; return s.A * 3 + s.B; }")]
    [InlineData("struct S { public int A; } static int G(S s) { s.A++; return s.A; } static int F(int a) { S s = new() { A = a }; return G(s) + s.A + G(s); }")]
    [InlineData("struct S { public int A; public void Inc() => A++; } static int F(int a) { S s = new() { A = a }; S t = s; t.Inc(); return s.A * 3 + t.A; }")]
    [InlineData("struct S { public int A; public int Inc() => ++A; } static int G(in S s) { s.Inc(); s.Inc(); return s.A; } static int F(int a) { S s = new() { A = a }; return G(s) + s.A; }")]
    [InlineData("struct S { public int A; public int Inc() => ++A; } struct U { public readonly S X; public S Y; public U(int a) { X = new S { A = a }; Y = X; } } static int F(int a) { U u = new(a); u.X.Inc(); u.Y.Inc(); return u.X.A * 3 + u.Y.A; }")]
    [InlineData("struct S { public int A; public S Next() => new() { A = A + 1 }; } static int F(int a) { S s = new() { A = a }; s = s.Next(); s = s.Next(); return s.A; }")]
    [InlineData("struct S { public int A, B; } static S G(ref S s, int v) { s.A = v; return new S { A = s.B, B = s.A }; } static int F(int a, int b) { S s = new() { A = 1, B = b }; s = G(ref s, a); return s.A * 3 + s.B; }")]
    [InlineData("struct S { public byte A; public long B; public sbyte C; public short D; } static long F(long a) { S s = default; s.A = (byte)a; s.B = a; s.C = (sbyte)a; s.D = (short)a; S t = s; t.A++; t.C--; t.D <<= 1; return unchecked(s.A + s.B + s.C + s.D * 3 + t.A * 5 + t.C * 7 + t.D * 11); }")]
    [InlineData("struct N { public int V; } struct M { public N A, B; } static int F(int a) { M m = default; m.A.V = a; ref N r = ref m.B; r = m.A; r.V++; N c = r; r.V = 100; return m.A.V + m.B.V * 3 + c.V * 5; }")]
    [InlineData("struct S { public int A; public static S operator ++(S s) => new() { A = s.A + 1 }; public static S operator +(S a, int b) => new() { A = a.A + b }; } static int F(int a) { S s = new() { A = a }; S t = s++; S u = ++s; s += 5; return s.A + t.A * 3 + u.A * 7; }")]
    [InlineData("[InlineArray(4)] struct B { byte e; } struct S { public B X; public int N; } static int F(int a, int b) { S s = default; s.X[b & 3] = (byte)a; S t = s; t.X[0]++; s.N = t.X[0]; return s.X[0] + s.X[1] * 3 + s.X[2] * 5 + s.X[3] * 7 + s.N * 11; }")]
    [InlineData("struct S { public int A; public bool Try(out int v) { v = A * 2; return A > 3; } } static int F(int a) { S s = new() { A = a }; return s.Try(out var v) ? v : -v; }")]
    [InlineData("record struct P(int X, byte Y) { public int Z { get; init; } = X + 1; } static int F(int a, byte b) { P p = new(a, b); P q = p with { Y = 3 }; var (x, y) = q; return p.Z + x * 3 + y * 5 + (p == q ? 1000 : 0) + (p.Equals(q) ? 0 : 2000); }")]
    [InlineData("struct S { int x; public int A { readonly get => x; set => x = value * 2; } } static int F(int a) { S s = default; s.A = a; s.A++; s.A += 3; int t = s.A--; return s.A + t; }")]
    [InlineData("static int F(int a, int b) { (int X, (int Y, int Z) N) t = (a, (b, 3)); var (p, (q, r)) = t; t.N.Y = 9; (t.X, t.N) = (q, (p, r)); return t.X + t.N.Y * 3 + t.N.Z * 5 + (t == (b, (a, 3)) ? 7 : 0); }")]
    public void Struct_values(string members) => Check(members);

    [Theory]
    [InlineData("static int F(int a, int b) => 100 / (a - b);")]
    [InlineData("static int F(int a) { Span<int> s = stackalloc int[4]; s[a] = 1; return s[3]; }")]
    [InlineData("static int F(int a, int b) { Span<int> s = stackalloc int[8]; s = s.Slice(a, b); return s.Length; }")]
    [InlineData("static int F(int a, int b) { Span<int> s = stackalloc int[8]; return s[a..b].Length + s[^a]; }")]
    [InlineData("static int F(int a) { Span<int> s = stackalloc int[8]; return s[a..].Length * 3; }")]
    [InlineData("static int F(int a) { Span<int> s = stackalloc int[8]; return s[..^a].Length * 3; }")]
    [InlineData("[InlineArray(5)] struct B { long e; } static long F(int a) { B b = default; b[^1] = 3; Span<long> s = b[1..4]; s[a] = 4; return b[3] + b[4]; }")]
    [InlineData("static int F(int a) { int? n = a > 5 ? a : null; return n.Value + (int)n; }")]
    [InlineData("static int F(int a) => a switch { 1 => 2, 3 => 4 };")]
    [InlineData("static int F(int a) => Math.Abs(a);")]
    [InlineData("static int F(int a, int b) => Math.Clamp(5, a, b);")]
    [InlineData("static long F(long a, long b) => checked(a * b) + checked(a - b);")]
    [InlineData("static int F(int a) { Span<byte> s = stackalloc byte[4]; Span<byte> t = stackalloc byte[8]; t[..(a & 7)].CopyTo(s); return t[..(a & 7)].TryCopyTo(s) ? 1 : 0; }")]
    [InlineData("static int n; ref struct D { public void Dispose() => n += 5; } static int G(int a) { using D d = new(); n = 1; return 10 / a; } static int F(int a) { n = 0; return G(a) + n; }")]
    public void Faults(string members) => Check(members);

    [Theory]
    [InlineData("static int F(int a) { int s = 0; for (int i = 0; i < 5; i++) { for (int j = 0; ; j++) { if (j > i) break; if (j == a) goto done; s += j; } } done: return s; }")]
    [InlineData("static int F(int a) { int s = 0, i = 0; do { i++; if (i == a) continue; s += i; } while (i < 9); return s; }")]
    [InlineData("static int F(int a) { int s = 0; while (true) { s += 3; if (s > 20 || s == a) break; } return s; }")]
    [InlineData("static int F(int a) { switch (a) { case 0: goto case 2; case 1: goto default; case 2: a += 5; goto case 3; case 3: a++; break; default: a = -a; break; } return a; }")]
    [InlineData("static int F(int a) { int s = 0; for (int i = 0; i < 6; i++) switch (i) { case 2: continue; case 4: if (a > 2) break; s += 100; break; default: s += i; break; } return s; }")]
    [InlineData("static int n; ref struct D(int v) { public void Dispose() => n = n * 10 + v; } static int F(int a) { n = 0; for (int i = 0; i < 3; i++) { using D x = new(1); using (D y = new(2)) { if (i == a) continue; if (a == 7) break; if (a == 8) return n; } n++; } return n; }")]
    [InlineData("static int F(int a, int b) { int Add(int x) { int Inner(int y) => y + b + x; return Inner(x) + a; } int t = Add(1); b++; return t + Add(2); }")]
    [InlineData("static int F(int a) { int c = 0; bool Next() { c++; return c < 5; } while (Next()) a += c; return a; }")]
    [InlineData("static int G<T>(T x, int n) where T : struct { static int H<U>(U u, int m) => Unsafe.SizeOf<U>() * m + Unsafe.SizeOf<T>(); return H((byte)1, n) + H(x, n); } static int F(int a) => G(1L, a) + G((short)2, a);")]
    public void Control_flow(string members) => Check(members);

    [Theory]
    [InlineData("static bool? And(bool? a, bool? b) => a & b; static bool? Or(bool? a, bool? b) => a | b; static bool? Of(int v) => (v & 3) == 0 ? null : (v & 3) == 1; static int N(bool? b) => b is null ? 2 : b.Value ? 1 : 0; static int F(int a, int b) => N(And(Of(a), Of(b))) * 3 + N(Or(Of(a), Of(b)));")]
    [InlineData("static int F(int a, int b) { int? x = (a & 1) == 0 ? null : a; long? y = (b & 1) == 0 ? null : b; long? z = x + y; x++; y -= 1; return unchecked((int)(z ?? -1) + (x ?? 7) + (int)y.GetValueOrDefault(3) + (x == y ? 100 : 0) + (x < y ? 200 : 0) + (x != null ? 300 : 0)); }")]
    [InlineData("static int F(int a) { int? n = a > 0 ? a : null; byte? b = (byte?)n; return n switch { null => -1, > 100 => 5, int v when v % 2 == 0 => v, _ => b ?? 0 }; }")]
    [InlineData("struct S { public int A; } static int F(int a) { S? s = a > 3 ? new S { A = a } : null; return s is { A: var v } ? v : s.HasValue ? 1 : -1; }")]
    public void Nullable_values(string members) => Check(members);

    [Theory]
    [InlineData("static int F(uint a, ulong b) => BitOperations.PopCount(b) + BitOperations.LeadingZeroCount(a) * 7 + BitOperations.TrailingZeroCount(a) * 11 + BitOperations.TrailingZeroCount(b) * 13 + BitOperations.Log2(b) * 17;")]
    [InlineData("static ulong F(uint a, ulong b) => BitOperations.RotateLeft(a, (int)b) + BitOperations.RotateRight(b, (int)a) + (BitOperations.IsPow2(a) ? 1ul : 0) + BitOperations.RoundUpToPowerOf2(a);")]
    [InlineData("static int F(sbyte a, ushort b) => sbyte.PopCount(a) + ushort.LeadingZeroCount(b) * 3 + ushort.TrailingZeroCount(b) * 5 + sbyte.RotateLeft(a, 3) + byte.RotateRight((byte)b, 5) + (sbyte.IsNegative(a) ? 1 : 0) + (short.IsOddInteger((short)b) ? 2 : 0);")]
    [InlineData("static long F(short a, long b) => BinaryPrimitives.ReverseEndianness(a) + BinaryPrimitives.ReverseEndianness(b) + BinaryPrimitives.ReverseEndianness((uint)b);")]
    [InlineData("static int F(long a, int b) => a.CompareTo(b) + b.CompareTo(5) * 3 + ((byte)b).CompareTo((byte)a) + (a.Equals(b) ? 1 : 0) + a.GetHashCode() + (b == 7).CompareTo(true);")]
    [InlineData("static int F(int a, int b) { if (b == 0 || b == -1) return 0; var (q, r) = Math.DivRem(a, b); return q * 3 + r + Math.Sign(a); }")]
    [InlineData("static long F(int a, int b) => Math.BigMul(a, b) + (long)Math.Min((ulong)a, 5ul) + Math.Max((short)a, (short)b);")]
    [InlineData("static long n; static long F(long a, long b) { n = a; long r = Interlocked.Increment(ref n); r += Interlocked.Decrement(ref n) * 3; r += Interlocked.And(ref n, b); r += Interlocked.Or(ref n, 8); r += Interlocked.CompareExchange(ref n, b, a); Interlocked.Increment(ref n); return unchecked(r + n); }")]
    [InlineData("static int F(int a) { Span<byte> s = stackalloc byte[16]; BinaryPrimitives.WriteUInt32BigEndian(s[3..], (uint)a); BinaryPrimitives.WriteInt16LittleEndian(s[8..], (short)a); MemoryMarshal.Write(s[12..], in a); return s[3] + s[6] * 3 + BinaryPrimitives.ReadInt32BigEndian(s[7..]) + MemoryMarshal.Read<short>(s[12..]); }")]
    [InlineData("static int F(int a) { ReadOnlySpan<byte> k = \"key=\"u8, s = \"key=value\"u8; return (s.StartsWith(k) ? 1 : 0) + s.IndexOf((byte)a) * 3 + (s[4..].SequenceEqual(\"value\"u8) ? 10 : 0) + (s.Contains((byte)'=') ? 100 : 0); }")]
    [InlineData("static int F(int a) { Span<int> s = [1, 2, 3, 4, 5, a]; if (a > 0) s[..4].CopyTo(s[1..]); else s[2..].CopyTo(s); Span<int> t = stackalloc int[8]; s.CopyTo(t[2..]); return s[0] + s[1] * 3 + s[2] * 5 + s[3] * 7 + s[4] * 11 + s[5] * 13 + t[3] * 17 + t[7]; }")]
    [InlineData("static volatile int n; static int F(int a) { n = a; n++; return n * 3 + n; }")]
    public void Library(string members) => Check(members);

    [Theory]
    [InlineData("interface IShape { int Area(); static abstract int Sides { get; } } struct Sq : IShape { public int A; public int Area() => A * A; public static int Sides => 4; } static int G<T>(in T t) where T : struct, IShape => t.Area() + T.Sides; static int F(int a) { Sq s = new() { A = a }; return unchecked(G(s) + G(new Sq { A = 2 })); }")]
    [InlineData("static T Pow<T>(T b, int n) where T : INumber<T> { T r = T.One; for (int i = 0; i < n; i++) r *= b; return r; } static long F(int a, long b) => Pow(a, 3) + Pow(b, 2) + Pow((byte)a, 2);")]
    [InlineData("struct Box<T> where T : unmanaged { T v; public Box(T x) { v = x; } public readonly T Get() => v; public Box<U> To<U>(U u) where U : unmanaged => new(u); } static long F(int a, long b) => new Box<int>(a).To(b).Get() + new Box<short>((short)a).Get();")]
    [InlineData("static bool Eq<T>(T a, T b) where T : IEquatable<T> => a.Equals(b); static int F(int a, int b) => (Eq(a, b) ? 1 : 0) + (Eq((byte)a, (byte)b) ? 2 : 0);")]
    [InlineData("static int G<T>(T a) where T : unmanaged, Enum => Unsafe.SizeOf<T>(); enum E : byte { A } static int F(int a) => G(E.A) + a;")]
    [InlineData("struct S<T> { public T A; public int N; } static void Set<T>(ref S<T> s, T v) { s.A = v; s.N++; } static long F(int a, long b) { S<int> s = default; S<(long, byte)> t = default; Set(ref s, a); Set(ref t, (b, (byte)3)); Set(ref t, (b, (byte)4)); return s.A + t.A.Item1 + t.A.Item2 + s.N + t.N; }")]
    public void Generics(string members) => Check(members);

    private static void Check(string members)
    {
        Oracle.Check(members);
        if (Environment.IsPrivilegedProcess && OperatingSystem.IsLinux()) KernelOracle.Check(members, "");
    }

    /// <summary>The verifier does not relate a slice's start to its length, so this has to be written with a bound that it sees.</summary>
    [Fact]
    public void Slices_of_variable_start() =>
        Oracle.Check("static int F(int a) { Span<byte> s = stackalloc byte[8]; return BinaryPrimitives.ReadInt32LittleEndian(s[a..]); }");
}
