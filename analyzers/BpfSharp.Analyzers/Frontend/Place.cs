using BpfSharp.Compiler.IR;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>A place in memory: a pointer, bytes from it, and what is kept there.</summary>
internal readonly record struct Place(Value Pointer, long Offset, TypeLayout Layout)
{
    /// <summary>A part of it.</summary>
    public Place Part(FieldLayout field) => new(Pointer, Offset + field.Offset, field.Layout);

    /// <summary>The part of a name.</summary>
    public Place Part(string field) => Part(Layout.Field(field));

    /// <summary>The same bytes as another type.</summary>
    public Place As(TypeLayout layout) => new(Pointer, Offset, layout);
}
