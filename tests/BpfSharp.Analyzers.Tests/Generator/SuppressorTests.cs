using System.Collections.Immutable;
using BpfSharp.Analyzers.Generator;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace BpfSharp.Analyzers.Tests.Generator;

/// <summary>Warnings about fields that only look unused, and those that stay.</summary>
public sealed class SuppressorTests
{
    [Theory]
    [InlineData("[BpfObject] public partial class Test { static readonly uint Limit; static uint Read() => Limit; }", 0)]
    [InlineData("[BpfObject] public partial class Test { static uint total; static void Add() => total = 1; }", 0)]
    [InlineData("[BpfObject] public partial class Test { static uint unused; }", 0)]
    [InlineData("public partial class Test { static readonly uint Limit; static uint Read() => Limit; }", 1)]
    [InlineData("[BpfObject] public partial class Test { class Inner { static uint unused; } }", 1)]
    public async Task Fields(string source, int warnings)
    {
        GeneratorRun run = GeneratorRun.Of(GeneratorRun.Usings + source);
        CompilationWithAnalyzers analysed = run.After.WithAnalyzers([new BpfFieldSuppressor()]);
        ImmutableArray<Diagnostic> diagnostics = await analysed.GetAllDiagnosticsAsync();
        Assert.Equal(warnings, diagnostics.Count(d => d.Severity == DiagnosticSeverity.Warning && !d.IsSuppressed));
    }
}
