using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Kernel types: what the declarations in C# say of them.</summary>
internal sealed partial class ModuleLowering
{
    /// <summary>The kernel type that a C# type stands for, null if it stands for none.</summary>
    public LocalType? KernelType(ITypeSymbol type)
    {
        if (type is not INamedTypeSymbol named || named.OriginalDefinition.Attribute(KnownNames.KernelTypeAttribute) is not { } attribute) return null;
        string name = attribute.Named("Name") as string is { Length: > 0 } given ? given : named.Name;
        if (named.TypeKind != TypeKind.Enum) return Kernel.Type(name, () => new LocalType(name, attribute.Positional(0) is 1, false) { IsTypedef = attribute.Named("IsTypedef") is true });
        TypeLayout layout = Layouts.Get(named)!;
        return Kernel.Type(name, () => new LocalType(name, false, true, layout.Size, layout.IsSigned));
    }

    /// <summary>Whether a property is a member of a kernel struct.</summary>
    public static bool IsKernelMember(IPropertySymbol property) =>
        !property.IsStatic && property is { IsIndexer: false, ContainingType: { TypeKind: TypeKind.Struct } type } && type.OriginalDefinition.Attribute(KnownNames.KernelTypeAttribute) is not null;

    /// <summary>The member that a property stands for; null if its type is none that a kernel struct can have.</summary>
    public LocalMember? KernelMember(IPropertySymbol property)
    {
        LocalType container = KernelType(property.ContainingType)!;
        AttributeData? attribute = property.OriginalDefinition.Attribute(KnownNames.KernelMemberAttribute);
        string name = attribute?.Named("Name") as string is { Length: > 0 } given ? given : property.Name;
        int width = attribute?.Named("BitWidth") as int? ?? 0;
        int kind = attribute?.Named("Kind") as int? ?? 0;
        int length = attribute?.Named("Length") as int? ?? 0;
        return MemberType(property.Type, kind, length) is { } type && (width == 0 || type is LocalMemberType.Integer or LocalMemberType.Enum && width is > 0 and <= 64)
            ? container.Member(name, () => type, width)
            : null;
    }

    private LocalMemberType? MemberType(ITypeSymbol type, int kind, int length)
    {
        const int Pointer = 1, Embedded = 2;
        if (type.Is(KnownNames.KernelArray)) return Element(((INamedTypeSymbol)type).TypeArguments[0]) is { } element ? new LocalMemberType.Array(element, length) : null;
        if (type is { TypeKind: TypeKind.Struct } && KernelType(type) is { } pointee)
        {
            return kind == Pointer ? new LocalMemberType.Pointer(pointee) : kind == Embedded ? new LocalMemberType.Embedded(pointee) : null;
        }
        return Element(type);
    }

    /// <summary>An element of an array, or a member that is no struct.</summary>
    private LocalMemberType? Element(ITypeSymbol type)
    {
        if (type is INamedTypeSymbol { TypeKind: TypeKind.Struct } named && KnownNames.KernelPointers.Contains(named.OriginalDefinition.FullMetadataName()))
        {
            LocalType? pointee = named.TypeArguments.Length == 1 && named.TypeArguments[0].TypeKind == TypeKind.Struct ? KernelType(named.TypeArguments[0]) : null;
            return new LocalMemberType.Pointer(pointee, named.OriginalDefinition.FullMetadataName() is KnownNames.UserPointer or KnownNames.UserPointerOf);
        }
        if (KernelType(type) is { } kernel) return kernel.IsEnum ? new LocalMemberType.Enum(kernel) : new LocalMemberType.Embedded(kernel);
        return Layouts.Get(type) is { Kind: LayoutKind.Integer } layout ? new LocalMemberType.Integer(layout.Size, layout.IsSigned, layout.IsBool) : null;
    }
}
