using System.Text;

namespace BpfSharp.Analyzers.Generator;

/// <summary>Writes C# with indentation and Unix line ends.</summary>
internal sealed class SourceWriter
{
    private readonly StringBuilder _text = new();
    private int _depth;

    /// <summary>Writes a line; an empty one has no indentation.</summary>
    public void Line(string text = "")
    {
        if (text.Length > 0) _text.Append(' ', _depth * 4).Append(text);
        _text.Append('\n');
    }

    /// <summary>Writes a documentation comment of one sentence or more.</summary>
    public void Summary(string text) => Line("/// <summary>" + text + "</summary>");

    /// <summary>Writes a line and an opening brace, and indents.</summary>
    public void Open(string text)
    {
        if (text.Length > 0) Line(text);
        Line("{");
        _depth++;
    }

    /// <summary>Ends what <see cref="Open"/> began.</summary>
    public void Close(string end = "")
    {
        _depth--;
        Line("}" + end);
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();
}
