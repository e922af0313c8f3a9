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
    /// <summary>Lowers the programs of a class whose declarations are sound; otherwise only their diagnostics are reported.</summary>
    public static LoweredObject Lower(
        INamedTypeSymbol objectClass, Compilation compilation, ObjectModel? model, ImmutableArray<FrontendDiagnostic> diagnostics,
        CancellationToken cancellation)
    {
        SourcePosition place = Positions.Of(objectClass.Locations.FirstOrDefault() ?? Location.None);
        if (model is null || diagnostics.Length > 0) return new LoweredObject(model, "", place, [], [], diagnostics);
        try
        {
            FrontendResult result = KernelFrontend.Lower(objectClass, compilation, cancellation);
            ImmutableArray<FrontendDiagnostic> all = diagnostics.AddRange(result.Diagnostics);
            if (result.Module is null) return new LoweredObject(model, "", place, result.Positions, [], all);
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
