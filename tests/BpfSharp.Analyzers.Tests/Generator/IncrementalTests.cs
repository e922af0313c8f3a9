using BpfSharp.Analyzers.Generator;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Tests.Generator;

/// <summary>What an edit makes the generator do again. The expensive step is the compilation; it must run only when the programs change.</summary>
public sealed class IncrementalTests
{
    private const string Object = "/src/Counter.cs";
    private const string Other = "/src/Other.cs";

    private const string Source = GeneratorRun.Usings +
        """
        [BpfObject(License = "GPL")]
        public partial class Counter
        {
            [BpfMap(MaxEntries = 16)] static partial HashMap<uint, ulong> Counts { get; }

            [BpfProgram(BpfHook.Tracepoint, "raw_syscalls/sys_enter")]
            static int Count(TracepointContext<SysEnter> ctx)
            {
                if (Counts.TryGetRef(Helper.Key(), out Ref<ulong> count)) count.Value += 1;
                return 0;
            }
        }
        """;

    private const string Helper = GeneratorRun.Usings + "public static class Helper { public static uint Key() => Bpf.CurrentProcessId; }";

    [Fact]
    public void AnEditElsewhereChangesNothing()
    {
        GeneratorRun run = First().Edit(Other, Helper + "\npublic class Unrelated { public string Name => \"x\"; }");
        Assert.All(run.Reasons(BpfObjectGenerator.Steps.Lower), reason => Assert.Equal(IncrementalStepRunReason.Unchanged, reason));
        AssertCached(run, BpfObjectGenerator.Steps.Ir, BpfObjectGenerator.Steps.Compile, BpfObjectGenerator.Steps.Join);
    }

    [Fact]
    public void ACommentMovesLinesAndDoesNotCompileAgain()
    {
        GeneratorRun first = First();
        GeneratorRun run = first.Edit(Object, "// A comment that moves every line.\n" + Source);
        Assert.Equal([IncrementalStepRunReason.Modified], run.Reasons(BpfObjectGenerator.Steps.Lower));
        Assert.Equal([IncrementalStepRunReason.Unchanged], run.Reasons(BpfObjectGenerator.Steps.Ir));
        AssertCached(run, BpfObjectGenerator.Steps.Compile);
        // The lines in the debug information move.
        Assert.NotEqual(Text(first), Text(run));
    }

    [Fact]
    public void AnEditOfACalledMethodInAnotherFileCompilesAgain()
    {
        GeneratorRun first = First();
        GeneratorRun run = first.Edit(Other, Helper.Replace("CurrentProcessId", "CurrentThreadId", StringComparison.Ordinal));
        Assert.Equal([IncrementalStepRunReason.Modified], run.Reasons(BpfObjectGenerator.Steps.Compile));
        Assert.NotEqual(Text(first), Text(run));
    }

    [Fact]
    public void AnEditOfOneObjectDoesNotCompileTheOther()
    {
        const string second = "[BpfObject] public partial class Second { [BpfProgram(BpfHook.Xdp)] static XdpAction Pass(XdpContext ctx) => XdpAction.Pass; }";
        GeneratorRun first = GeneratorRun.Of([(Object, Source), (Other, Helper), ("/src/Second.cs", GeneratorRun.Usings + second)]);
        GeneratorRun run = first.Edit("/src/Second.cs", GeneratorRun.Usings + second.Replace("XdpAction.Pass;", "XdpAction.Drop;", StringComparison.Ordinal));
        Assert.Equal([IncrementalStepRunReason.Cached, IncrementalStepRunReason.Modified], run.Reasons(BpfObjectGenerator.Steps.Compile).Order().Reverse());
    }

    private static GeneratorRun First()
    {
        GeneratorRun run = GeneratorRun.Of([(Object, Source), (Other, Helper)]);
        Assert.Empty(run.Reported);
        return run;
    }

    private static string Text(GeneratorRun run) => run.Result.GeneratedSources.Single().SourceText.ToString();

    private static void AssertCached(GeneratorRun run, params string[] steps)
    {
        foreach (string step in steps)
            Assert.All(run.Reasons(step), reason => Assert.True(reason is IncrementalStepRunReason.Cached, $"{step} ran: {reason}"));
    }
}
