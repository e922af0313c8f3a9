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

    /// <summary>The public fields of what kernel and user space share are its meaning; those of other structs stay somebody else's business.</summary>
    [Theory]
    [InlineData("public struct Event { public int Pid; public Inner More; } public struct Inner { public int A; } [BpfObject] public partial class Test { [BpfMap(MaxEntries = 4096)] static partial RingBuffer<Event> Events { get; } }", 0)]
    [InlineData("[BpfObject] public partial class Test { public struct Key { public int A; } }", 0)]
    [InlineData("public struct Other { public int A; } [BpfObject] public partial class Test { }", 1)]
    public async Task PublicFields(string source, int warnings)
    {
        GeneratorRun run = GeneratorRun.Of(GeneratorRun.Usings + source);
        CompilationWithAnalyzers analysed = run.After.WithAnalyzers([new PublicFieldAnalyzer(), new BpfFieldSuppressor()]);
        ImmutableArray<Diagnostic> diagnostics = await analysed.GetAllDiagnosticsAsync();
        Assert.Equal(warnings, diagnostics.Count(d => d.Id == "CA1051" && !d.IsSuppressed));
    }

    /// <summary>Says of public fields what the analyzer of the SDK says.</summary>
#pragma warning disable RS1029, RS1036, RS1038, RS1041, RS2008
    [DiagnosticAnalyzer(LanguageNames.CSharp)]
    private sealed class PublicFieldAnalyzer : DiagnosticAnalyzer
    {
        private static readonly DiagnosticDescriptor s_rule = new("CA1051", "Visible instance field", "'{0}' is visible", "Design", DiagnosticSeverity.Warning, true);

        public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => [s_rule];

        public override void Initialize(AnalysisContext context)
        {
            context.EnableConcurrentExecution();
            context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
            context.RegisterSymbolAction(static c => c.ReportDiagnostic(Diagnostic.Create(s_rule, c.Symbol.Locations[0], c.Symbol.Name)), SymbolKind.Field);
        }
    }
#pragma warning restore RS1029, RS1036, RS1038, RS1041, RS2008
}
