using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Tests.Generator;

/// <summary>The same sources give the same bytes, whatever the order of the files and the folder they are in.</summary>
public sealed class DeterminismTests
{
    private static readonly (string Name, string Source)[] s_files =
    [
        ("A.cs", "[BpfObject(License = \"GPL\")] public partial class Counter { [BpfMap(MaxEntries = 16)] static partial HashMap<uint, ulong> Counts { get; } static ulong total; }"),
        ("B.cs", "public partial class Counter { static readonly uint Only;\n[BpfProgram(BpfHook.Tracepoint, \"raw_syscalls/sys_enter\")]\nstatic int Enter(TracepointContext<SysEnter> ctx) => Helper.Count(Only, ref total); }"),
        ("C.cs", "public partial class Counter { static int level = 3;\n[BpfProgram(BpfHook.Tracepoint, \"raw_syscalls/sys_exit\")]\nstatic int Exit(TracepointContext<SysExit> ctx) { Counts.TryAdd(Bpf.CurrentProcessId, (ulong)level); return 0; } }"),
        ("D.cs", "public static class Helper { public static int Count(uint only, ref ulong total) { if (only == 0) total++; return 0; } }"),
    ];

    [Fact]
    public void OtherFolder() => Assert.Equal(Generate("/home/a/project", [0, 1, 2, 3]), Generate("/builds/another/place", [0, 1, 2, 3]));

    [Theory]
    [InlineData(3, 0, 1, 2)]
    [InlineData(0, 3, 1, 2)]
    [InlineData(2, 1, 0, 3)]
    [InlineData(1, 0, 3, 2)]
    public void ShuffledFiles(params int[] order) => Assert.Equal(Generate("/src", [0, 1, 2, 3]), Generate("/src", order));

    /// <summary>The verifier's verdict does not depend on how the application around the programs is built.</summary>
    [Fact]
    public void DebugAndRelease()
    {
        (string, string)[] files = [.. s_files.Select(static f => ($"/src/{f.Name}", GeneratorRun.Usings + f.Source))];
        Assert.Equal(Text(GeneratorRun.Of(OptimizationLevel.Debug, files)), Text(GeneratorRun.Of(OptimizationLevel.Release, files)));
    }

    private static string Generate(string folder, int[] order) => Text(GeneratorRun.Of(
        [.. order.Select(i => ($"{folder}/{s_files[i].Name}", GeneratorRun.Usings + s_files[i].Source))], ("ProjectDir", folder + "/")));

    private static string Text(GeneratorRun run)
    {
        Assert.Empty(run.Reported);
        string text = run.Result.GeneratedSources.Single().SourceText.ToString();
        Assert.DoesNotContain("ImageSize = 0;", text, StringComparison.Ordinal);
        return text;
    }
}
