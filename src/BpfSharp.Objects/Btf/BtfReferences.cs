using System.Collections.Immutable;

namespace BpfSharp.Objects.Btf;

/// <summary>Which types a type refers to, and the same type with other ids.</summary>
internal static class BtfReferences
{
    /// <summary>The ids that <paramref name="type"/> refers to, in the order of the format; 0 is <c>void</c>.</summary>
    public static IEnumerable<int> Of(BtfType type) => type switch
    {
        BtfPointer t => [t.TypeId],
        BtfArray t => [t.ElementTypeId, t.IndexTypeId],
        BtfStruct t => t.Members.Select(static m => m.TypeId),
        BtfTypedef t => [t.TypeId],
        BtfQualified t => [t.TypeId],
        BtfFunction t => [t.PrototypeId],
        BtfPrototype t => t.Parameters.Select(static p => p.TypeId).Prepend(t.ReturnTypeId),
        BtfVariable t => [t.TypeId],
        BtfDataSection t => t.Variables.Select(static v => v.TypeId),
        BtfDeclarationTag t => [t.TypeId],
        BtfTypeTag t => [t.TypeId],
        _ => [],
    };

    /// <summary><paramref name="type"/> with each id replaced by what <paramref name="map"/> gives for it.</summary>
    public static BtfType Map(BtfType type, Func<int, int> map) => type switch
    {
        BtfPointer t => t with { TypeId = map(t.TypeId) },
        BtfArray t => t with { ElementTypeId = map(t.ElementTypeId), IndexTypeId = map(t.IndexTypeId) },
        BtfStruct t => t with { Members = ImmutableArray.CreateRange(t.Members, m => m with { TypeId = map(m.TypeId) }) },
        BtfTypedef t => t with { TypeId = map(t.TypeId) },
        BtfQualified t => t with { TypeId = map(t.TypeId) },
        BtfFunction t => t with { PrototypeId = map(t.PrototypeId) },
        BtfPrototype t => t with
        {
            ReturnTypeId = map(t.ReturnTypeId),
            Parameters = ImmutableArray.CreateRange(t.Parameters, p => p with { TypeId = map(p.TypeId) }),
        },
        BtfVariable t => t with { TypeId = map(t.TypeId) },
        BtfDataSection t => t with { Variables = ImmutableArray.CreateRange(t.Variables, v => v with { TypeId = map(v.TypeId) }) },
        BtfDeclarationTag t => t with { TypeId = map(t.TypeId) },
        BtfTypeTag t => t with { TypeId = map(t.TypeId) },
        _ => type,
    };
}
