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
    public void Kernel_loops(string members)
    {
        KernelOracle.Check(members, "");
        // Those of more than 2,048 rounds are an error for older kernels.
        if (!members.Contains("100_000", StringComparison.Ordinal) && !members.Contains("0xFFFFFF", StringComparison.Ordinal)) KernelOracle.Check(members, "", 5, 15);
    }

    /// <summary>The three forms of a loop over numbers: an ordinary one, a callback of bpf_loop, the kernel's iterator.</summary>
    [KernelTheory]
    [InlineData("static long F(int a) { long n = a; foreach (uint i in Bpf.Range(100)) n = unchecked(n + i); return n; }")]
    [InlineData("static long F(int a) { long n = a; foreach (int i in Bpf.Range(10)) n = unchecked(n * 3 + i); return n; }")]
    [InlineData("static long F(uint a, uint b) { a &= 0x3FF; b &= 0x3FF; long n = 0; foreach (var i in Bpf.Range(a, b)) n = unchecked(n * 3 + i); return n; }")]
    [InlineData("static int F(uint a, int b) { int s = 0; foreach (var i in Bpf.Range(a & 127)) { if (i == 3) continue; if (i > 100) break; if (i == b) return -1; s += 1; } return s; }")]
    [InlineData("static int F(uint a, int b) { int s = 1; foreach (var i in Bpf.Range(a & 63)) { s += 100 / (b - (int)i); } return s; }")]
    [InlineData("static long F(uint a) { long s = 1; foreach (var i in Bpf.Range(a & 31)) foreach (var j in Bpf.Range(i, 40)) { if (j == 35) break; if (i == 30) goto done; s = unchecked(s * 5 + j); } done: return s; }")]
    [InlineData("static int F(uint a, int b) { Span<int> t = stackalloc int[8]; foreach (var i in Bpf.Range(100)) t[(int)i & 7] += b & 15; t[0] += t[(int)a & 7]; return t[0]; }")]
    [InlineData("static int F(uint a, int b) { Span<int> t = stackalloc int[8]; foreach (var i in Bpf.Range(a & 127)) t[(int)i] = b; return t[0]; }")]
    [InlineData("static int n; ref struct D { public readonly void Dispose() => n++; } static int G(int x) { n++; return 100 / (x - 50); } static int F(uint a) { n = 0; foreach (var i in Bpf.Range(a & 63)) { using D d = new(); n += G((int)i) & 1; } return n; }")]
    [InlineData("static int F(uint a) { int s = 0; foreach (var i in Bpf.Range(a & 127)) { s++; return s; } return s; }")]
    [InlineData("static int F(uint a, int b) { long s = 0; foreach (var i in Bpf.Range(40)) { Bpf.Loop(a & 63, ref s, static (i, ref t) => { t += i; return i < 20; }); if (b == (int)i) s = -s; } return unchecked((int)s); }")]
    public void Ranges(string members)
    {
        Oracle.Check(members);
        KernelOracle.Check(members, "", 5, 15);
        KernelOracle.Check(members, "", 5, 17);
        KernelOracle.Check(members, "", 6, 4);
    }

    /// <summary>Constant rounds that the oldest kernel cannot have.</summary>
    [Theory]
    [InlineData("foreach (var i in Bpf.Range(3000)) n++;", 5, 15, "BPF0507")]
    [InlineData("foreach (var i in Bpf.Range(9000000)) n++;", 6, 4, "BPF0507")]
    [InlineData("Bpf.Loop(3000, ref n, static (i, ref s) => true);", 5, 15, "BPF0507")]
    [InlineData("foreach (var i in Bpf.Range(3000)) n++;", 5, 17, null)]
    [InlineData("foreach (var i in Bpf.Range(2048)) n++;", 5, 15, null)]
    public void Too_many_rounds(string statement, int major, int minor, string? id)
    {
        Compiled compiled = new($"[BpfObject] public static partial class T {{ [BpfProgram(BpfHook.Syscall)] static int P(SyscallContext<long> context) {{ int n = 0; {statement} return n; }} }}");
        Assert.Empty(compiled.Errors);
        Compiler.CompilationResult result = Compiler.BpfCompiler.Compile(compiled.Lower().Module!, new Compiler.CompilerOptions { MinimumKernel = (major, minor), CheckAfterEveryPass = true });
        Assert.Equal(id, result.Diagnostics.SingleOrDefault()?.Id);
    }

    /// <summary>The verifier adds the most that the start of memory can be to the most that its length can be.</summary>
    [Theory]
    [InlineData("Bpf.ReadUserString(address, text[(n & 31)..])", "BPF0529")]
    [InlineData("Bpf.ReadUserString(address, text.Slice(n & 31, n >> 4 & 31))", null)]
    [InlineData("Bpf.ReadUserString(address, text.Slice(n & 31, 33))", null)]
    [InlineData("Bpf.ReadUserString(address, text[(n & 31)..(32 + (n >> 5 & 31))])", "BPF0529")]
    [InlineData("Bpf.ReadUserString(address, text[..(n & 31)])", null)]
    [InlineData("Bpf.ReadUserString(address, text[32..(n & 63)])", null)]
    public void Memory_that_varies(string call, string? id)
    {
        Compiled compiled = new($$"""
            [BpfObject(License = "GPL")] public static partial class T {
                static int n; static ulong address;
                [BpfProgram(BpfHook.Kprobe, "do_exit")] static int P(KprobeContext context) { Span<byte> text = stackalloc byte[64]; return {{call}} + text[5]; }
            }
            """);
        Assert.Empty(compiled.Errors);
        Compiler.CompilationResult result = Compiler.BpfCompiler.Compile(compiled.Lower().Module!, new Compiler.CompilerOptions { CheckAfterEveryPass = true });
        Assert.Equal(id, result.Diagnostics.SingleOrDefault()?.Id);
    }

    /// <summary>All functions of a chain share 512 bytes, in steps of 32.</summary>
    [Theory]
    [InlineData(120, null)]
    [InlineData(200, "BPF0508")]
    public void Chains_share_the_stack(int size, string? id)
    {
        string buffer = $"Span<byte> buffer = stackalloc byte[{size}]; buffer[x & 63] = 1; n = buffer[n & 63];";
        Compiled compiled = new($$"""
            [BpfObject] public static partial class T {
                static int n;
                {{NoInlining}} static int A(int x) { {{buffer}} return B(n) + buffer[5]; }
                {{NoInlining}} static int B(int x) { {{buffer}} return C(n) + buffer[7]; }
                {{NoInlining}} static int C(int x) { {{buffer}} return buffer[3]; }
                [BpfProgram(BpfHook.Syscall)] static int P(SyscallContext<long> context) => A(n);
            }
            """);
        Assert.Empty(compiled.Errors);
        Compiler.CompilationResult result = Compiler.BpfCompiler.Compile(compiled.Lower().Module!, new Compiler.CompilerOptions { CheckAfterEveryPass = true });
        Assert.Equal(id, result.Diagnostics.SingleOrDefault()?.Id);
        if (id is null)
        {
            Assert.Equal(416, result.Functions.Single(static f => f.Name == "P").DeepestStack);
            Assert.Equal(120, result.Functions.Single(static f => f.Name == "T_C").Stack);
        }
        else
        {
            Assert.Equal("P → T_A → T_B → T_C", result.Diagnostics[0].Arguments[0]);
            Assert.Contains("stackalloc of T_A (200 bytes)", result.Diagnostics[0].Arguments[2], StringComparison.Ordinal);
        }
    }
}
