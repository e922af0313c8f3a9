using System.Collections.Concurrent;
using System.Collections.Immutable;
using BpfSharp.Analyzers.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace BpfSharp.Analyzers.Generator;

/// <summary>
/// The generator leaves programs out, and says nothing, that have an error of the C# compiler. It sees the code without what is generated, which can take
/// the error away: then nobody would say that there is no object. This sees the code with what is generated.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class LeftOutObjectAnalyzer : DiagnosticAnalyzer
{
    /// <summary>The generated constant that holds the error.</summary>
    internal const string Cause = "ImageError";

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => [BpfDiagnostics.LeftOut];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(static start =>
        {
            ConcurrentBag<(INamedTypeSymbol Class, string Cause)> leftOut = [];
            start.RegisterSymbolAction(symbol =>
            {
                var type = (INamedTypeSymbol)symbol.Symbol;
                if (type.FindAttribute(KernelNames.ObjectAttribute) is not null && type.GetMembers(Cause).FirstOrDefault() is IFieldSymbol { ConstantValue: string cause })
                    leftOut.Add((type, cause));
            }, SymbolKind.NamedType);
            start.RegisterCompilationEndAction(end =>
            {
                if (leftOut.IsEmpty || end.Compilation.GetDiagnostics(end.CancellationToken).Any(static d => d.Severity == DiagnosticSeverity.Error)) return;
                foreach ((INamedTypeSymbol type, string cause) in leftOut) end.ReportDiagnostic(Diagnostic.Create(BpfDiagnostics.LeftOut, type.Locations[0], type.Name, cause));
            });
        });
    }
}
