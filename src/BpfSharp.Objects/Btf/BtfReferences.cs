using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace BpfSharp.Objects.Btf;

/// <summary>Which types a type refers to, and the same type with other ids.</summary>
internal static class BtfReferences
{
    /// <summary>How many ids <paramref name="type"/> refers to.</summary>
    public static int Count(BtfType type) => type switch
    {
        BtfPointer or BtfTypedef or BtfQualified or BtfFunction or BtfVariable or BtfDeclarationTag or BtfTypeTag => 1,
        BtfArray => 2,
        BtfStruct t => t.Members.Length,
        BtfPrototype t => t.Parameters.Length + 1,
        BtfDataSection t => t.Variables.Length,
        _ => 0,
    };

    /// <summary>One of the ids that <paramref name="type"/> refers to, in the order of the format; 0 is <c>void</c>.</summary>
    /// <param name="type">The type.</param>
    /// <param name="index">Which one, less than <see cref="Count"/>.</param>
    public static int At(BtfType type, int index) => type switch
    {
        BtfPointer t => t.TypeId,
        BtfArray t => index == 0 ? t.ElementTypeId : t.IndexTypeId,
        BtfStruct t => t.Members[index].TypeId,
        BtfTypedef t => t.TypeId,
        BtfQualified t => t.TypeId,
        BtfFunction t => t.PrototypeId,
        BtfPrototype t => index == 0 ? t.ReturnTypeId : t.Parameters[index - 1].TypeId,
        BtfVariable t => t.TypeId,
        BtfDataSection t => t.Variables[index].TypeId,
        BtfDeclarationTag t => t.TypeId,
        BtfTypeTag t => t.TypeId,
        _ => throw new ArgumentOutOfRangeException(nameof(index)),
    };

    /// <summary><paramref name="type"/> with each id replaced by what <paramref name="map"/> gives for it.</summary>
    public static BtfType Map(BtfType type, Func<int, int> map) => type switch
    {
        BtfPointer t => t with { TypeId = map(t.TypeId) },
        BtfArray t => t with { ElementTypeId = map(t.ElementTypeId), IndexTypeId = map(t.IndexTypeId) },
        BtfStruct t => t with { Members = Each(t.Members, map, static (m, map) => m with { TypeId = map(m.TypeId) }) },
        BtfTypedef t => t with { TypeId = map(t.TypeId) },
        BtfQualified t => t with { TypeId = map(t.TypeId) },
        BtfFunction t => t with { PrototypeId = map(t.PrototypeId) },
        BtfPrototype t => t with
        {
            ReturnTypeId = map(t.ReturnTypeId),
            Parameters = Each(t.Parameters, map, static (p, map) => p with { TypeId = map(p.TypeId) }),
        },
        BtfVariable t => t with { TypeId = map(t.TypeId) },
        BtfDataSection t => t with { Variables = Each(t.Variables, map, static (v, map) => v with { TypeId = map(v.TypeId) }) },
        BtfDeclarationTag t => t with { TypeId = map(t.TypeId) },
        BtfTypeTag t => t with { TypeId = map(t.TypeId) },
        _ => type,
    };

    private static ImmutableArray<T> Each<T>(ImmutableArray<T> parts, Func<int, int> map, Func<T, Func<int, int>, T> change)
    {
        if (parts.IsEmpty)
            return parts;
        var result = new T[parts.Length];
        for (int i = 0; i < result.Length; i++)
            result[i] = change(parts[i], map);
        return ImmutableCollectionsMarshal.AsImmutableArray(result);
    }
}
