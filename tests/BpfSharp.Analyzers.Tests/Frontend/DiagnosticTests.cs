using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Analyzers.Frontend;

namespace BpfSharp.Analyzers.Tests.Frontend;

/// <summary>One diagnostic for each mistake, at its place.</summary>
public class DiagnosticTests
{
    private const string Maps = """
        [BpfMap(MaxEntries = 64)] static partial HashMap<int, long> Counts { get; }
        [BpfMap(MaxEntries = 4096)] static partial RingBuffer<long> Events { get; }
        public struct Locked { public BpfSpinLock Lock; public long N; }
        [BpfMap(MaxEntries = 4)] static partial ArrayMap<Locked> Slots { get; }
        """;

    private const string Implementations = """
        partial class T { static partial HashMap<int, long> Counts => throw null!; static partial RingBuffer<long> Events => throw null!; static partial ArrayMap<Locked> Slots => throw null!; }
        """;

    [Theory]
    [InlineData("BPF0127", "var m = [|Counts|]; return 0;")]
    [InlineData("BPF0127", "return G([|Counts|]); static int G(HashMap<int, long> m) => 1;")]
    [InlineData("BPF0128", "return [|Counts.Count|];")]
    [InlineData("BPF0128", "[|Counts.Clear()|]; return 0;")]
    [InlineData("BPF0123", "if (!Events.TryReserve(out var e)) return 0; var f = [|e|]; f.Submit(); return 0;")]
    [InlineData("BPF0140", "var s = [|Slots[0].Lock.Enter()|]; return 0;")]
    [InlineData("BPF0140", "[|Slots[0].Lock.Enter().Dispose()|]; return 0;")]
    [InlineData("BPF0140", "using SpinLockScope s = Slots[0].Lock.Enter(); [|s.Dispose()|]; return 0;")]
    [InlineData("BPF0140", "using SpinLockScope s = Slots[0].Lock.Enter(); using ([|s|]) return 0;")]
    [InlineData("BPF0141", "Locked l = default; using ([|l.Lock|].Enter()) return 0;")]
    [InlineData("BPF0125", "return (int)new RawTracepointContext().Argument([|a|]);")]
    [InlineData("BPF0126", "Bpf.Print($\"{[|(a, 1)|]}\"); return 0;")]
    [InlineData("BPF0126", "Bpf.Print($\"{[|a|]:N2}\"); return 0;")]
    [InlineData("BPF0106", "switch ([|\"x\"|]) { default: return 1; }")]
    [InlineData("BPF0106", "return [|a.ToString()|].Length;")]
    [InlineData("BPF0115", "return [|Environment.TickCount64|] > 3 ? 1 : 0;")]
    [InlineData("BPF0115", "[|Thread.Sleep(1)|]; return 0;")]
    [InlineData("BPF0100", "return [|typeof(int)|] == null ? 1 : 0;")]
    [InlineData("BPF0107", "[|try { return a; } catch { return 1; }|]")]
    [InlineData("BPF0102", "return [|new T2()|].Get(); } class T2 { public int Get() => 1; } static void X() {")]
    public void Reports(string id, string body)
    {
        string marked = $"[BpfObject] public static partial class T {{ {Maps} static int F(int a) {{ {body} }} }} {Implementations}";
        Compiled compiled = new(marked.Replace("[|", "").Replace("|]", ""));
        Assert.Empty(compiled.Errors);
        FrontendResult result = compiled.LowerMethod("T", "F");
        Assert.Null(result.Module);
        FrontendDiagnostic diagnostic = Assert.Single(result.Diagnostics);
        Assert.Equal(id, diagnostic.Id);
        string message = string.Format(BpfDiagnostics.Find(diagnostic.Id).MessageFormat.ToString(), [.. diagnostic.Arguments]);
        Assert.DoesNotContain("{", message);
        int start = body.IndexOf("[|", StringComparison.Ordinal), end = body.IndexOf("|]", StringComparison.Ordinal) - 2;
        Assert.Equal(body[(start + 2)..(end + 2)], compiled.Source.Substring(diagnostic.Position.Start, diagnostic.Position.Length));
    }

    [Theory]
    [InlineData("LruHashMap<int, Locked>", "")]
    [InlineData("HashMap<Locked, int>", "")]
    [InlineData("HashMap<int, Twice>", "public struct Twice { public BpfSpinLock A, B; }")]
    [InlineData("HashMap<int, Deep>", "public struct Deep { public Locked L; }")]
    public void Locks_are_direct_fields_of_values_of_some_maps(string map, string type)
    {
        Compiled compiled = new($"[BpfObject] public static partial class T {{ public struct Locked {{ public BpfSpinLock Lock; }} {type} [BpfMap(MaxEntries = 4)] static partial {map} M {{ get; }} static int F(int a) => a; }} partial class T {{ static partial {map} M => throw null!; }}");
        Assert.Empty(compiled.Errors);
        Assert.Equal(["BPF0141"], compiled.LowerMethod("T", "F").Diagnostics.Select(static d => d.Id));
    }

    [Theory]
    [InlineData("BPF0510", "using (Slots[0].Lock.Enter()) Slots[0].N = (long)Bpf.KtimeNanoseconds; return 0;")]
    [InlineData("BPF0510", "using (Slots[0].Lock.Enter()) if (a > 5) Slots.Set(1, default); return 0;")]
    [InlineData("BPF0510", "ref Locked l = ref Slots[1]; using (Slots[0].Lock.Enter()) using (l.Lock.Enter()) return 0;")]
    [InlineData("", "ref Locked l = ref Slots[1]; using (l.Lock.Enter()) { for (int i = 0; i < 9; i++) l.N += i; if (a > 3) return 1; l.N /= a; } return (int)Bpf.KtimeNanoseconds;")]
    public void Nothing_is_called_under_a_lock(string id, string body)
    {
        string program = $"[BpfObject(License = \"GPL\")] public static partial class T {{ {Maps} static int F(int a) {{ {body} }} [BpfProgram(BpfHook.Xdp)] static int P(XdpContext c) => F((int)c.ReceiveQueue); }} {Implementations}";
        Compiled compiled = new(program);
        Assert.Empty(compiled.Errors);
        Compiler.CompilationResult result = Compiler.BpfCompiler.Compile(compiled.Lower().Module!, new Compiler.CompilerOptions());
        Assert.Equal(id, string.Join(",", result.Diagnostics.Select(static d => d.Id).Distinct()));
    }

    [Theory]
    [InlineData("BPF0511", "Tracepoint, \"raw_syscalls/sys_enter\"", "TracepointContext<SysEnter>", 12)]
    [InlineData("BPF0511", "Syscall", "SyscallContext<int>", 1)]
    [InlineData("BPF0511", "SocketFilter", "SocketFilterContext", 12)]
    [InlineData("", "Syscall", "SyscallContext<int>", 12)]
    [InlineData("", "Xdp", "XdpContext", 1)]
    public void Maps_with_locks_are_not_for_all_programs(string id, string hook, string context, int minor)
    {
        string program = $"[BpfObject(License = \"GPL\")] public static partial class T {{ {Maps} static int F(int a) => (int)Slots[(uint)a].N; [BpfProgram(BpfHook.{hook})] static int P({context} c) => F(2); }} {Implementations}";
        Compiled compiled = new(program);
        Assert.Empty(compiled.Errors);
        Compiler.CompilationResult result = Compiler.BpfCompiler.Compile(compiled.Lower().Module!, new Compiler.CompilerOptions { MinimumKernel = (6, minor) });
        Assert.Equal(id, string.Join(",", result.Diagnostics.Select(static d => d.Id).Distinct()));
    }

    [Theory]
    [InlineData("BPF0516: First, Second", "ref W w = ref First[1]; w.T.Init(Second);")]
    [InlineData("", "ref W w = ref First[1]; w.T.Init(First);")]
    [InlineData("BPF0516: First, Second", "if (Second.TryGetRef(1, out Ref<W> w)) Set(ref w.Value); if (First.TryGetRef(2, out Ref<W> v)) Set(ref v.Value);")]
    [InlineData("BPF0516: Table, First", "Table.ForEach(ref Other, static (in key, ref value, ref other) => { value.T.Init(First); return true; });")]
    [InlineData("", "Table.ForEach(ref Other, static (in key, ref value, ref other) => { value.T.Init(Table); return true; });")]
    public void A_timer_is_initialised_with_its_map(string expected, string body)
    {
        const string TimerMaps = """
            public struct W { public int N; public BpfTimer T; }
            [BpfMap(MaxEntries = 2)] static partial ArrayMap<W> First { get; }
            [BpfMap(MaxEntries = 2)] static partial ArrayMap<W> Second { get; }
            [BpfMap(MaxEntries = 2)] static partial HashMap<int, W> Table { get; }
            static int Other;
            static void Set(ref W w) => w.T.Init(Second);
            """;
        const string TimerBodies = "partial class T { static partial ArrayMap<W> First => throw null!; static partial ArrayMap<W> Second => throw null!; static partial HashMap<int, W> Table => throw null!; }";
        Compiled compiled = new($"[BpfObject(License = \"GPL\")] public static partial class T {{ {TimerMaps} [BpfProgram(BpfHook.Xdp)] static XdpAction P(XdpContext c) {{ {body} return XdpAction.Pass; }} }} {TimerBodies}");
        Assert.Empty(compiled.Errors);
        Compiler.CompilationResult result = Compiler.BpfCompiler.Compile(compiled.Lower().Module!, new Compiler.CompilerOptions());
        Assert.Equal(expected, string.Join("; ", result.Diagnostics.Select(static d => $"{d.Id}: {string.Join(", ", d.Arguments)}")));
    }

    [Theory]
    [InlineData("BPF0143", "static long G(Span<int> s) => 1;", "Span<int> s = stackalloc int[2]; G(s);")]
    [InlineData("BPF0143", "static long G(Ref<long> r) => 1;", "Slots.TryGetRef(1, out Ref<long> r); G(r);")]
    [InlineData("BPF0143", "static long G(ref PacketCursor p) => 1;", "PacketCursor p = c.Packet; G(ref p);")]
    [InlineData("BPF0143", "static long G(out int a) { a = 1; return a; }", "G(out int a);")]
    [InlineData("BPF0143", "static ref int G(ref int a) => ref a;", "int a = 1; G(ref a);")]
    [InlineData("BPF0143", "static void G(int a) { }", "G(1);")]
    [InlineData("BPF0143", "static (int, int) G(int a) => (a, a);", "G(1);")]
    [InlineData("BPF0143", "static int G<X>(X a) => 1;", "G(1);")]
    [InlineData("BPF0143", "static int G(int a, int b, int c, int d, int e, int f) => a;", "G(1, 2, 3, 4, 5, 6);")]
    [InlineData("BPF0143", "static int G(int a) => a;", "long n = 0; Bpf.Loop(5, ref n, static (i, ref s) => { s += G((int)i); return true; });")]
    [InlineData("BPF0512", "static long G(long a) => 5 / a;", "G((long)c.ReceiveQueue);")]
    [InlineData("", "static long G(long a) => a + 5;", "G((long)c.ReceiveQueue);")]
    [InlineData("BPF0513", "static int G(ref int a) => a++;", "int a = 1; G(ref a);", 5, 10)]
    [InlineData("BPF0513", "static int G((int, long) a) => a.Item1;", "G((1, 2));", 5, 10)]
    [InlineData("", "static int G(ref int a) => a++;", "int a = 1; G(ref a);", 5, 12)]
    [InlineData("", "static int G(int a, XdpContext c) => (int)c.ReceiveQueue / a;", "G((int)c.ReceiveQueue, c);", 5, 10)]
    [InlineData("BPF0514", "static int G(in int a) => a + 1;", "PacketCursor p = c.Packet; if (p.TryRead(out Ref<int> r)) G(in r.Value);")]
    [InlineData("BPF0514", "static int G(in long a) => (int)a;", "G(in Fixed);")]
    [InlineData("", "static int G(in long a) => (int)a;", "long copy = Fixed; G(in copy); if (Slots.TryGetRef(1, out Ref<long> r)) G(in r.Value); G(in Free);")]
    public void Global_functions_get_what_the_kernel_passes(string id, string function, string body, int major = 5, int minor = 15)
    {
        Compiled compiled = new($"[BpfObject(License = \"GPL\")] public static partial class T {{ static readonly long Fixed = 3; static long Free; [BpfMap(MaxEntries = 2)] static partial HashMap<int, long> Slots {{ get; }} [BpfGlobalFunction] {function} [BpfProgram(BpfHook.Xdp)] static XdpAction P(XdpContext c) {{ {body} return XdpAction.Pass; }} }} partial class T {{ static partial HashMap<int, long> Slots => throw null!; }}");
        Assert.Empty(compiled.Errors);
        FrontendResult lowered = compiled.Lower();
        IEnumerable<string> found = lowered.Module is null
            ? lowered.Diagnostics.Select(static d => d.Id)
            : Compiler.BpfCompiler.Compile(lowered.Module, new Compiler.CompilerOptions { MinimumKernel = (major, minor) }).Diagnostics.Select(static d => d.Id);
        Assert.Equal(id, string.Join(",", found));
    }

    [Fact]
    public void Each_statement_has_its_own()
    {
        Compiled compiled = new("[BpfObject] public static partial class T { static int F(int a) { string s = \"\"; object o = a; s += s; double d = 1; return s.Length + (int)d; } }");
        Assert.Equal(["BPF0106", "BPF0104", "BPF0108"], compiled.LowerMethod("T", "F").Diagnostics.Select(static d => d.Id));
    }

    [Fact]
    public void Nothing_where_the_compiler_already_reports()
    {
        Compiled compiled = new("[BpfObject] public static partial class T { static int F(int a) { int b = missing; string s = b.; return Nope(s) + a.x; } }");
        FrontendResult result = compiled.LowerMethod("T", "F");
        Assert.Null(result.Module);
        Assert.Empty(result.Diagnostics);
    }

    [Theory]
    [InlineData("BPF0506", "", "Bpf.Print($\"x\"); return 0;")]
    [InlineData("BPF0505", "GPL", "Bpf.Print($\"{1} {2} {3} {4}\"); return 0;")]
    [InlineData("", "Dual MIT/GPL", "Bpf.Print($\"{1} {2} {3}\"); return 0;")]
    [InlineData("BPF0504", "GPL", "return Bpf.CurrentCommand(out _);")]
    public void Helpers_that_the_kernel_would_refuse(string id, string licence, string body)
    {
        Compiled compiled = new($"[BpfObject(License = \"{licence}\")] public static partial class T {{ [BpfProgram(BpfHook.SocketFilter)] static int P(SocketFilterContext c) {{ {body} }} }}");
        Assert.Empty(compiled.Errors);
        Compiler.CompilationResult result = Compiler.BpfCompiler.Compile(compiled.Lower().Module!, new Compiler.CompilerOptions { MinimumKernel = (5, 10) });
        Assert.Equal(id, string.Join(",", result.Diagnostics.Select(static d => d.Id)));
        Assert.All(result.Diagnostics, static d => Assert.Contains(d.Id, BpfDiagnostics.All.Keys));
    }
}
