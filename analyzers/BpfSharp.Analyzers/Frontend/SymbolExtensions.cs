using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Questions to symbols that the front end asks often.</summary>
internal static class SymbolExtensions
{
    /// <summary>The full metadata name, e.g. <c>System.Span`1</c>; nested types as <c>Outer+Inner</c>.</summary>
    public static string FullMetadataName(this INamedTypeSymbol type)
    {
        if (type.ContainingType is { } outer) return outer.OriginalDefinition.FullMetadataName() + "+" + type.MetadataName;
        return type.ContainingNamespace is { IsGlobalNamespace: false } space ? space.ToDisplayString() + "." + type.MetadataName : type.MetadataName;
    }

    /// <summary>The attribute of a full name, null if there is none.</summary>
    public static AttributeData? Attribute(this ISymbol symbol, string fullName)
    {
        foreach (AttributeData attribute in symbol.GetAttributes())
        {
            if (attribute.AttributeClass is { } type && fullName.EndsWith(type.Name, StringComparison.Ordinal) && type.FullMetadataName() == fullName)
            {
                return attribute;
            }
        }
        return null;
    }

    /// <summary>A named argument of an attribute, null if it is not given.</summary>
    public static object? Named(this AttributeData attribute, string name)
    {
        foreach (KeyValuePair<string, TypedConstant> argument in attribute.NamedArguments)
        {
            if (argument.Key == name && argument.Value.Kind != TypedConstantKind.Array) return argument.Value.Value;
        }
        return null;
    }

    /// <summary>A constructor argument of an attribute, null if it is not there.</summary>
    public static object? Positional(this AttributeData attribute, int index) =>
        index < attribute.ConstructorArguments.Length && attribute.ConstructorArguments[index].Kind != TypedConstantKind.Array
            ? attribute.ConstructorArguments[index].Value
            : null;

    /// <summary>Whether the symbol is, or is constructed of, the type of a full metadata name.</summary>
    public static bool Is(this ITypeSymbol? type, string fullMetadataName) =>
        type is INamedTypeSymbol named && named.OriginalDefinition.FullMetadataName() == fullMetadataName;

    /// <summary>Whether something in the type is an error that the C# compiler reports.</summary>
    public static bool IsErroneous(this ITypeSymbol? type) => type switch
    {
        null => true,
        { TypeKind: TypeKind.Error } => true,
        IArrayTypeSymbol array => array.ElementType.IsErroneous(),
        INamedTypeSymbol named => named.TypeArguments.Any(static t => t.IsErroneous()),
        _ => false,
    };

    /// <summary>The constant as the 64 bits that the IR keeps: signed values sign-extended, unsigned ones zero-extended.</summary>
    public static bool TryGetBits(object? constant, out long bits)
    {
        switch (constant)
        {
            case bool value: bits = value ? 1 : 0; return true;
            case char value: bits = value; return true;
            case sbyte value: bits = value; return true;
            case byte value: bits = value; return true;
            case short value: bits = value; return true;
            case ushort value: bits = value; return true;
            case int value: bits = value; return true;
            case uint value: bits = value; return true;
            case long value: bits = value; return true;
            case ulong value: bits = unchecked((long)value); return true;
            default: bits = 0; return false;
        }
    }
}
