using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Tests.Generator;

/// <summary>Bad declarations: one diagnostic at its place, and no other error follows from it.</summary>
public sealed class DeclarationTests
{
    private const string GoodMap = "[BpfMap(MaxEntries = 16)] static partial HashMap<uint, ulong> Good { get; }\n";
    private const string Program = "[BpfProgram(BpfHook.Xdp)] static XdpAction Pass(XdpContext ctx) => XdpAction.Pass;\n";

    [Fact]
    public void WithAnErrorInAProgram()
    {
        GeneratorRun run = GeneratorRun.Of(GeneratorRun.Usings + "[BpfObject] public partial class Test {\n[BpfMap] static partial HashMap<uint, uint> Bad { get; }\n"
            + "[BpfProgram(BpfHook.Xdp)] static XdpAction Pass(XdpContext ctx) { Bad.Contains(1); object o = new object(); return XdpAction.Pass; } }");
        Assert.Equal(["BPF0006", "BPF0102"], run.Reported.Select(static d => d.Id).Order());
        Assert.Empty(run.CompilerDiagnostics.Where(static d => d.Severity == DiagnosticSeverity.Error));
    }

    // The text between [| and |] is where the diagnostic is.
    [Theory]
    [InlineData("BPF0004", "[BpfMap(MaxEntries = 1)] partial HashMap<uint, uint> [|Bad|] { get; } partial HashMap<uint, uint> Bad => null!;")]
    [InlineData("BPF0004", "[BpfMap(MaxEntries = 1)] static HashMap<uint, uint> [|Bad|] { get; } = new(1);")]
    [InlineData("BPF0005", "[BpfMap(MaxEntries = 1)] static partial string [|Bad|] { get; }")]
    [InlineData("BPF0006", "[BpfMap] static partial HashMap<uint, uint> [|Bad|] { get; }")]
    [InlineData("BPF0006", "[BpfMap(MaxEntries = 4)] static partial ArrayOfMaps<HashMap<uint, uint>> [|Bad|] { get; }")]
    [InlineData("BPF0007", "[BpfMap(MaxEntries = 5000)] static partial RingBuffer<uint> [|Bad|] { get; }")]
    [InlineData("BPF0029", "[BpfMap(MaxEntries = 1)] static partial HashMap<(uint A, ulong B), uint> [|Bad|] { get; }")]
    [InlineData("BPF0029", "struct Deep { public (uint A, ulong B) T; public Deep() => T = (1, 2); } [BpfMap(MaxEntries = 1)] static partial HashMap<uint, Deep> [|Bad|] { get; }")]
    [InlineData("BPF0029", "static (uint A, ulong B) [|bad|] = (1, 2); static uint Read() => bad.A;")]
    [InlineData("BPF0029", "[System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Auto)] internal struct Loose { public byte A; public ulong B; } static Loose [|bad|]; static ulong Read() => (bad = new Loose { A = 1, B = 2 }).B;")]
    [InlineData("BPF0006", "[BpfMap] static partial QueueMap<uint> [|Bad|] { get; }")]
    [InlineData("BPF0006", "[BpfMap] static partial UserRingBuffer<uint> [|Bad|] { get; }")]
    [InlineData("BPF0007", "[BpfMap(MaxEntries = 12288)] static partial UserRingBuffer<uint> [|Bad|] { get; }")]
    [InlineData("BPF0020", "[BpfMap(MaxEntries = 1)] static partial TaskStorage<uint> [|Bad|] { get; }")]
    [InlineData("BPF0006", "[BpfMap] static partial Arena<uint> [|Bad|] { get; }")]
    [InlineData("BPF0520", "[|[BpfMap(MaxEntries = 1)] static partial Arena<uint> Bad { get; }|]")]
    [InlineData("BPF0520", "[|[BpfMap(MaxEntries = 1)] static partial BloomFilter<uint> Bad { get; }|]")]
    [InlineData("BPF0008", "[BpfProgram(BpfHook.Xdp)] XdpAction [|Bad|](XdpContext ctx) => XdpAction.Pass;")]
    [InlineData("BPF0008", "[BpfProgram(BpfHook.Xdp)] static XdpAction [|Bad|]<T>(XdpContext ctx) => XdpAction.Pass;")]
    [InlineData("BPF0009", "[BpfProgram(BpfHook.Xdp)] static XdpAction [|Bad|](TcContext ctx) => XdpAction.Pass;")]
    [InlineData("BPF0009", "[BpfProgram(BpfHook.Xdp)] static XdpAction [|Bad|]() => XdpAction.Pass;")]
    [InlineData("BPF0010", "[BpfProgram(BpfHook.Xdp)] static long [|Bad|](XdpContext ctx) => 2;")]
    [InlineData("BPF0011", "[BpfProgram(BpfHook.Tracepoint)] static int [|Bad|](TracepointContext<SysEnter> ctx) => 0;")]
    [InlineData("BPF0012", "[BpfProgram(BpfHook.Xdp, \"eth0\")] static XdpAction [|Bad|](XdpContext ctx) => XdpAction.Pass;")]
    [InlineData("BPF0013", "[BpfMap(MaxEntries = 1, Name = \"Good\")] static partial HashMap<uint, uint> [|Bad|] { get; }")]
    [InlineData("BPF0013", "[BpfProgram(BpfHook.Xdp, Name = \"Pass\")] static XdpAction [|Bad|](XdpContext ctx) => XdpAction.Pass;")]
    [InlineData("BPF0013", "static uint count; static uint [|Count|]; static uint Read() => count + Count; static void Write() => Count = count = 1;")]
    [InlineData("BPF0014", "[BpfMap(MaxEntries = 1, Name = \"my-map\")] static partial HashMap<uint, uint> [|Bad|] { get; }")]
    [InlineData("BPF0016", "[BpfProgram(BpfHook.Xdp, FaultResult = 3)] static XdpAction [|Bad|](XdpContext ctx) => XdpAction.Pass;")]
    public void Member(string id, string member)
    {
        (string source, string marked) = Unmark(member);
        GeneratorRun run = GeneratorRun.Of(GeneratorRun.Usings + "[BpfObject] public partial class Test {\n" + GoodMap + Program + source + "\n}\n"
            + "public static class User { public static void Use(Test test) { foreach (var (key, value) in test.Maps.Good) Console.WriteLine(key + value); test.Programs.Pass.ToString(); } }");
        Diagnostic diagnostic = Assert.Single(run.Reported);
        Assert.Equal(id, diagnostic.Id);
        Assert.Equal(DiagnosticSeverity.Error, diagnostic.Severity);
        Assert.Equal(marked, TextAt(run, diagnostic));
        Assert.Empty(run.CompilerDiagnostics);
    }

    [Theory]
    [InlineData("BPF0002", "[BpfObject] public class [|Test|] { }")]
    [InlineData("BPF0002", "public class [|Outer|] { [BpfObject] public partial class Test { } }")]
    [InlineData("BPF0003", "[BpfObject] public partial class [|Test|]<T> { }")]
    [InlineData("BPF0003", "[BpfObject] public static partial class [|Test|] { }")]
    [InlineData("BPF0003", "public class Parent; [BpfObject] public partial class [|Test|] : Parent { }")]
    [InlineData("BPF0018", "[BpfObject(MinimumKernel = \"six\")] public partial class [|Test|] { }")]
    [InlineData("BPF0015", "[BpfObject] public partial class Test { public static int [|Maps|]; }")]
    [InlineData("BPF0017", "public static partial class Test { [BpfProgram(BpfHook.Xdp)] static XdpAction [|Pass|](XdpContext ctx) => XdpAction.Pass; }")]
    [InlineData("BPF0017", "public static class Test { [BpfMap(MaxEntries = 1)] static HashMap<uint, uint> [|Map|] => null!; }")]
    public void Class(string id, string declaration)
    {
        (string source, string marked) = Unmark(declaration);
        GeneratorRun run = GeneratorRun.Of(GeneratorRun.Usings + source);
        Diagnostic diagnostic = Assert.Single(run.Reported);
        Assert.Equal(id, diagnostic.Id);
        Assert.Equal(marked, TextAt(run, diagnostic));
        Assert.Empty(run.CompilerDiagnostics);
    }

    [Theory]
    [InlineData("5.15", false)]
    [InlineData("6.1.0", false)]
    [InlineData("new", true)]
    [InlineData("5", true)]
    [InlineData("5.10", false)]
    [InlineData("5.9", true)]
    [InlineData("4.19", true)] // It has no comparisons of 32 bits (v3).
    public void MinimumKernel(string value, bool wrong)
    {
        GeneratorRun run = GeneratorRun.Of("class C;", "/src/Test.cs", ("BpfMinimumKernel", value));
        Assert.Equal(wrong ? ["BPF0018"] : [], run.Reported.Select(d => d.Id));
    }

    private static (string Source, string Marked) Unmark(string text)
    {
        int start = text.IndexOf("[|", StringComparison.Ordinal);
        int end = text.IndexOf("|]", StringComparison.Ordinal);
        return (text.Replace("[|", "", StringComparison.Ordinal).Replace("|]", "", StringComparison.Ordinal), text[(start + 2)..end]);
    }

    private static string TextAt(GeneratorRun run, Diagnostic diagnostic) =>
        run.Before.SyntaxTrees.Single(tree => tree.FilePath == diagnostic.Location.GetLineSpan().Path).GetText().ToString(diagnostic.Location.SourceSpan);
}
