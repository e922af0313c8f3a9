using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Generator;

/// <summary>Reads attributes off symbols.</summary>
internal static class AttributeReader
{
    /// <summary>The attribute with a full name on a symbol, null if it has none.</summary>
    public static AttributeData? FindAttribute(this ISymbol symbol, string fullName)
    {
        foreach (AttributeData attribute in symbol.GetAttributes())
            if (attribute.AttributeClass?.ToDisplayString() == fullName) return attribute;
        return null;
    }

    /// <summary>A named argument's value, null if it is not given.</summary>
    public static TypedConstant? Named(this AttributeData attribute, string name)
    {
        foreach (KeyValuePair<string, TypedConstant> argument in attribute.NamedArguments)
            if (argument.Key == name) return argument.Value;
        return null;
    }

    /// <summary>A named argument's value if it is a string that is not null.</summary>
    public static string? NamedString(this AttributeData attribute, string name) => attribute.Named(name)?.Value as string;

    /// <summary>The name of the enum member that has a constant's value, "" if there is none.</summary>
    public static string EnumMember(this TypedConstant constant)
    {
        if (constant.Kind != TypedConstantKind.Enum || constant.Type is null) return "";
        foreach (IFieldSymbol field in constant.Type.GetMembers().OfType<IFieldSymbol>())
            if (field.HasConstantValue && Equals(field.ConstantValue, constant.Value)) return field.Name;
        return "";
    }
}
