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
    public static LoweredObject Lower(INamedTypeSymbol objectClass, Compilation compilation, CancellationToken cancellation)
    {
        SourcePosition place = Positions.Of(objectClass.Locations.FirstOrDefault() ?? Location.None);
        ObjectModel? model = null;
        ImmutableArray<FrontendDiagnostic> diagnostics = [];
        try
        {
            (model, diagnostics) = ObjectGatherer.Gather(objectClass, cancellation);
            if (model is null) return new LoweredObject(model, "", place, [], [], diagnostics);
            FrontendResult result = KernelFrontend.Lower(objectClass, compilation, cancellation);
            (ImmutableArray<FrontendDiagnostic> kept, string dropped) = WithoutCascades(
                diagnostics.IsEmpty ? result.Diagnostics : result.Diagnostics.RemoveAll(d => IsOfDeclaration(d, diagnostics)), compilation, cancellation);
            ImmutableArray<FrontendDiagnostic> all = diagnostics.AddRange(kept);
            if (result.Module is null || !diagnostics.IsEmpty)
            {
                string cause = all.IsEmpty ? result.Cause + dropped : "";
                if (all.IsEmpty && cause.Length == 0) all = [Failure(objectClass, place, "the front end gave up without a reason")];
                return new LoweredObject(model, "", place, result.Positions, [], all) { Cause = cause };
            }
            ImmutableArray<SourceLine> lines = Lines(result.Positions, compilation, cancellation);
            return new LoweredObject(model, IrPrinter.Print(result.Module), place, result.Positions, lines, all);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The front end must not take the wrappers away with it.
            return new LoweredObject(model, "", place, [], [], diagnostics.Add(Failure(objectClass, place, exception.Describe())));
        }
    }

    private static FrontendDiagnostic Failure(INamedTypeSymbol objectClass, SourcePosition place, string what) =>
        new(BpfDiagnostics.InternalError.Id, place, [objectClass.Name, what]);

    /// <summary>Whether the front end stumbled over a declaration that is reported already, or says the same of it.</summary>
    private static bool IsOfDeclaration(FrontendDiagnostic diagnostic, ImmutableArray<FrontendDiagnostic> declarations) =>
        diagnostic.Id == BpfDiagnostics.InternalError.Id
        || declarations.Any(d => d.Position.File == diagnostic.Position.File && d.Position.Start < diagnostic.Position.Start + diagnostic.Position.Length && diagnostic.Position.Start < d.Position.Start + d.Position.Length);

    /// <summary>Leaves out what the front end says of code that is no valid C#: the C# compiler says it better.</summary>
    private static (ImmutableArray<FrontendDiagnostic> Kept, string Cause) WithoutCascades(
        ImmutableArray<FrontendDiagnostic> found, Compilation compilation, CancellationToken cancellation)
    {
        string cause = "";
        var kept = ImmutableArray.CreateBuilder<FrontendDiagnostic>();
        foreach (FrontendDiagnostic diagnostic in found)
        {
            SyntaxTree? tree = compilation.SyntaxTrees.FirstOrDefault(t => t.FilePath == diagnostic.Position.File);
            TextSpan span = new(diagnostic.Position.Start, diagnostic.Position.Length);
            Diagnostic? error = tree is null ? null : compilation.GetSemanticModel(tree).GetDiagnostics(span, cancellation)
                .FirstOrDefault(d => CSharpErrors.Lasts(d) && d.Location.SourceSpan.IntersectsWith(span));
            if (error is null) kept.Add(diagnostic);
            else if (cause.Length == 0) cause = CSharpErrors.Describe(error);
        }

        return (kept.ToImmutable(), cause);
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
