using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Tests.Generator;

/// <summary>A program that cannot be compiled is one error at its place; whatever uses the wrappers has none.</summary>
public sealed class CascadeTests
{
    private const string Template =
        """
        [BpfObject(License = "GPL")]
        public partial class Test
        {
            [BpfMap(MaxEntries = 16)] static partial HashMap<uint, ulong> Counts { get; }
            static ulong total;
            static readonly uint Limit;

            [BpfProgram(BpfHook.Tracepoint, "raw_syscalls/sys_enter")]
            static int Program(TracepointContext<SysEnter> ctx) { $BODY$ }
        }

        public static class User
        {
            public static ulong Use()
            {
                using Test test = Test.Open(o => o.Constants.Limit = 3).Load();
                using BpfLink link = test.Programs.Program.Attach();
                foreach (var (key, value) in test.Maps.Counts) test.Globals.Total += key + value;
                return test.Globals.Total;
            }
        }
        """;

    [Theory]
    [InlineData("BPF0107", "throw new Exception();", "throw new Exception();")]
    [InlineData("BPF0102", "object o = new object(); return 0;", "new object()")]
    [InlineData("BPF0108", "double d = ctx.Record.Id; return (int)d;", "double")]
    [InlineData("BPF0115", "return Environment.ProcessId;", "Environment.ProcessId")]
    public void OfTheSubset(string id, string body, string place)
    {
        GeneratorRun run = GeneratorRun.Of(GeneratorRun.Usings + Template.Replace("$BODY$", body, StringComparison.Ordinal));
        Diagnostic diagnostic = Assert.Single(run.Reported.DistinctBy(d => d.Id));
        Assert.Equal(id, diagnostic.Id);
        string line = run.Before.SyntaxTrees.Single().GetText().Lines[diagnostic.Location.GetLineSpan().StartLinePosition.Line].ToString();
        Assert.Contains(place, line, StringComparison.Ordinal);
        // Warnings that the suppressor takes care of.
        Assert.Empty(run.CompilerDiagnostics.Where(d => d.Id is not ("CS0649" or "CS0169")));
    }

    [Theory]
    [InlineData("return Undefined;", "CS0103")]
    [InlineData("return \"text\";", "CS0029")]
    [InlineData("return 0", "CS1002")]
    public void OfCSharp(string body, string id)
    {
        GeneratorRun run = GeneratorRun.Of(GeneratorRun.Usings + Template.Replace("$BODY$", body, StringComparison.Ordinal));
        Assert.Empty(run.Reported);
        Assert.Equal([id], run.CompilerDiagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).Select(d => d.Id));
    }
}
