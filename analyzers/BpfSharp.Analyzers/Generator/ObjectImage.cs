using System.Collections.Immutable;
using BpfSharp.Compiler;
using BpfSharp.Objects;

namespace BpfSharp.Analyzers.Generator;

/// <summary>An object's bytes and where its variables are, as the wrappers need them.</summary>
/// <param name="Bytes">The ELF file; empty if there is none because something is wrong.</param>
/// <param name="Variables">Section and offset of each variable by its symbol's name.</param>
internal sealed record ObjectImage(byte[] Bytes, ImmutableDictionary<string, (string Section, int Offset)> Variables)
{
    /// <summary>What each function takes.</summary>
    public EquatableArray<FunctionReport> Functions { get; init; } = ImmutableArray<FunctionReport>.Empty;

    /// <summary>The C# compiler's error for which there is no object, as <see cref="LeftOutObjectAnalyzer"/> reads it; "" if there is no such error.</summary>
    public string Cause { get; init; } = "";

    private const int LongestLine = 200;

    /// <summary>The image of an object that could not be compiled.</summary>
    public static ObjectImage Empty { get; } = new([], ImmutableDictionary<string, (string Section, int Offset)>.Empty);

    /// <summary>Puts the source positions in for the debug ids and writes the file.</summary>
    public static ObjectImage Make(ObjectSpec spec, EquatableArray<SourceLine> lines)
    {
        ObjectSpec joined = spec with { Functions = [.. spec.Functions.Select(f => f with { Lines = Join(f.Lines, lines) })] };
        var variables = ImmutableDictionary.CreateBuilder<string, (string, int)>(StringComparer.Ordinal);
        foreach (DataSectionSpec section in spec.DataSections)
            foreach (VariableSpec variable in section.Variables) variables[variable.Name] = (section.Name, variable.Offset);
        return new ObjectImage(ObjectWriter.Write(joined), variables.ToImmutable());
    }

    private static ImmutableArray<LineSpec> Join(ImmutableArray<LineSpec> specs, EquatableArray<SourceLine> lines)
    {
        var joined = ImmutableArray.CreateBuilder<LineSpec>();
        foreach (LineSpec spec in specs)
        {
            // Id 0 stands for no place of its own: the line before goes on.
            if (spec.Line <= 0 || spec.Line >= lines.Count) continue;
            SourceLine line = lines[spec.Line];
            string text = line.Text.Length > LongestLine ? line.Text.Substring(0, LongestLine) : line.Text;
            if (joined.Count > 0 && joined[joined.Count - 1].Line == line.Line && joined[joined.Count - 1].File == line.File
                && joined[joined.Count - 1].Column == line.Column) continue;
            // The kernel wants a line for the first instruction.
            int index = joined.Count == 0 ? 0 : spec.Index;
            joined.Add(new LineSpec(index, line.File, line.Line, line.Column, text));
        }

        return joined.ToImmutable();
    }
}
