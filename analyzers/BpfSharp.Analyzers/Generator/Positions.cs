using BpfSharp.Analyzers.Frontend;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace BpfSharp.Analyzers.Generator;

/// <summary>Between the compiler's locations, which hold on to syntax, and positions, which do not.</summary>
internal static class Positions
{
    /// <summary>The position of a location.</summary>
    public static SourcePosition Of(Location location)
    {
        FileLinePositionSpan span = location.GetLineSpan();
        return new SourcePosition(
            span.Path ?? "", location.SourceSpan.Start, location.SourceSpan.Length, span.StartLinePosition.Line, span.StartLinePosition.Character,
            span.EndLinePosition.Line, span.EndLinePosition.Character);
    }

    /// <summary>A location to report a diagnostic at.</summary>
    public static Location ToLocation(this SourcePosition position) =>
        string.IsNullOrEmpty(position.File)
            ? Location.None
            : Location.Create(
                position.File,
                new TextSpan(position.Start, position.Length),
                new LinePositionSpan(new LinePosition(position.Line, position.Column), new LinePosition(position.EndLine, position.EndColumn)));
}
