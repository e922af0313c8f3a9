using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Numbers source positions densely in the order in which they are met; the numbers are the IR's debug ids.</summary>
internal sealed class PositionTable
{
    private readonly Dictionary<(SyntaxTree Tree, TextSpan Span), int> _ids = [];
    private readonly List<SourcePosition> _positions = [default];

    /// <summary>The number of a syntax node's position.</summary>
    public int Id(SyntaxNode node)
    {
        (SyntaxTree Tree, TextSpan Span) key = (node.SyntaxTree, node.Span);
        if (_ids.TryGetValue(key, out int id)) return id;
        id = _positions.Count;
        _positions.Add(Of(node.SyntaxTree, node.Span));
        _ids.Add(key, id);
        return id;
    }

    /// <summary>The position of a location.</summary>
    public static SourcePosition Of(Location location) => location.SourceTree is { } tree ? Of(tree, location.SourceSpan) : default;

    /// <summary>All positions by id.</summary>
    public ImmutableArray<SourcePosition> ToImmutable() => [.. _positions];

    private static SourcePosition Of(SyntaxTree tree, TextSpan span)
    {
        FileLinePositionSpan lines = tree.GetLineSpan(span);
        return new SourcePosition(
            tree.FilePath,
            span.Start,
            span.Length,
            lines.StartLinePosition.Line,
            lines.StartLinePosition.Character,
            lines.EndLinePosition.Line,
            lines.EndLinePosition.Character);
    }
}
