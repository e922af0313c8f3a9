using System.Collections.Immutable;
using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Analyzers.Frontend;
using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace BpfSharp.Analyzers.Generator;

/// <summary>Runs the front end and takes out of its result what can be cached.</summary>
internal static class LoweredPrograms
{
    /// <summary>Lowers the programs of a class. Where its declarations are wrong, what is wrong in the programs too is reported with them.</summary>
    public static LoweredObject Lower(
        INamedTypeSymbol objectClass, Compilation compilation, ObjectModel? model, ImmutableArray<FrontendDiagnostic> diagnostics,
        CancellationToken cancellation)
    {
        SourcePosition place = Positions.Of(objectClass.Locations.FirstOrDefault() ?? Location.None);
        if (model is null) return new LoweredObject(model, "", place, [], [], diagnostics);
        try
        {
            FrontendResult result = KernelFrontend.Lower(objectClass, compilation, cancellation);
            ImmutableArray<FrontendDiagnostic> all = diagnostics.AddRange(WithoutCascades(
                diagnostics.IsEmpty ? result.Diagnostics : result.Diagnostics.RemoveAll(d => IsOfDeclaration(d, diagnostics)), compilation, cancellation));
            if (result.Module is null || !diagnostics.IsEmpty) return new LoweredObject(model, "", place, result.Positions, [], all);
            ImmutableArray<SourceLine> lines = Lines(result.Positions, compilation, cancellation);
            return new LoweredObject(model, IrPrinter.Print(result.Module), place, result.Positions, lines, all);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The front end must not take the wrappers away with it.
            var failure = new FrontendDiagnostic(BpfDiagnostics.InternalError.Id, place, [objectClass.Name, exception.Describe()]);
            return new LoweredObject(model, "", place, [], [], diagnostics.Add(failure));
        }
    }

    /// <summary>Whether the front end stumbled over a declaration that is reported already, or says the same of it.</summary>
    private static bool IsOfDeclaration(FrontendDiagnostic diagnostic, ImmutableArray<FrontendDiagnostic> declarations) =>
        diagnostic.Id == BpfDiagnostics.InternalError.Id
        || declarations.Any(d => d.Position.File == diagnostic.Position.File && d.Position.Start < diagnostic.Position.Start + diagnostic.Position.Length && diagnostic.Position.Start < d.Position.Start + d.Position.Length);

    /// <summary>Leaves out what the front end says of code that is no valid C#: the C# compiler says it better.</summary>
    private static ImmutableArray<FrontendDiagnostic> WithoutCascades(
        ImmutableArray<FrontendDiagnostic> found, Compilation compilation, CancellationToken cancellation)
    {
        if (found.IsEmpty) return found;
        var kept = ImmutableArray.CreateBuilder<FrontendDiagnostic>();
        foreach (FrontendDiagnostic diagnostic in found)
        {
            SyntaxTree? tree = compilation.SyntaxTrees.FirstOrDefault(t => t.FilePath == diagnostic.Position.File);
            TextSpan span = new(diagnostic.Position.Start, diagnostic.Position.Length);
            bool follows = tree is not null && compilation.GetSemanticModel(tree).GetDiagnostics(span, cancellation)
                .Any(d => d.Severity == DiagnosticSeverity.Error && d.Location.SourceSpan.IntersectsWith(span));
            if (!follows) kept.Add(diagnostic);
        }

        return kept.ToImmutable();
    }

    private static ImmutableArray<SourceLine> Lines(ImmutableArray<SourcePosition> positions, Compilation compilation, CancellationToken cancellation)
    {
        var texts = new Dictionary<string, SourceText>(StringComparer.Ordinal);
        foreach (SyntaxTree tree in compilation.SyntaxTrees)
            if (positions.Any(position => position.File == tree.FilePath)) texts[tree.FilePath] = tree.GetText(cancellation);
        var lines = ImmutableArray.CreateBuilder<SourceLine>(positions.Length);
        foreach (SourcePosition position in positions)
        {
            bool known = texts.TryGetValue(position.File ?? "", out SourceText? text) && position.Line < text.Lines.Count;
            string line = known ? text!.Lines[position.Line].ToString().Trim() : "";
            lines.Add(new SourceLine(position.File ?? "", position.Line + 1, position.Column + 1, line));
        }

        return lines.ToImmutable();
    }
}
