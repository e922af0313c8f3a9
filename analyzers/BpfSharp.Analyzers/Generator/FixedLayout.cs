using System.Runtime.InteropServices;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Generator;

/// <summary>Whether the bytes of a type mean the same in the kernel and in .NET.</summary>
internal static class FixedLayout
{
    private const string LayoutAttribute = "System.Runtime.InteropServices.StructLayoutAttribute";

    /// <summary>The type itself or a type of its fields that .NET arranges as it likes; null if there is none.</summary>
    public static ITypeSymbol? Exception(ITypeSymbol type)
    {
        if (type.TypeKind != TypeKind.Struct || type.SpecialType != SpecialType.None) return null;
        if (type.IsTupleType || IsAutomatic(type)) return type;
        return type.GetMembers().OfType<IFieldSymbol>().Where(f => !f.IsStatic && !SymbolEqualityComparer.Default.Equals(f.Type, type))
            .Select(static f => Exception(f.Type)).FirstOrDefault(static t => t is not null);
    }

    private static bool IsAutomatic(ITypeSymbol type) =>
        type.FindAttribute(LayoutAttribute) is { ConstructorArguments: [{ Value: { } kind }] } && Convert.ToInt32(kind) == (int)LayoutKind.Auto;
}
