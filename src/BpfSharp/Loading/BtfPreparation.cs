using System.Collections.Immutable;
using System.Runtime.InteropServices;
using BpfSharp.Objects;
using BpfSharp.Objects.Btf;

namespace BpfSharp.Loading;

/// <summary>Makes an object's BTF acceptable to the kernel. Ids stay what they are: a type is replaced, never removed.</summary>
internal static class BtfPreparation
{
    // What stands in for a type that the kernel does not need or does not know.
    private static readonly BtfStruct Nothing = new("", IsUnion: false, 0, []);
    private static readonly BtfInt Byte = new("__unknown", 1, BtfIntEncoding.None, 8);

    /// <summary>
    /// What to replace where a kernel refuses the BTF, from newest kind to oldest. Kernels gain kinds and never lose them, so
    /// each step keeps the replacements of those before it.
    /// </summary>
    public static IReadOnlyList<Func<BtfType, BtfType>> Replacements { get; } =
    [
        // Attributes as tags: kernel 6.15.
        static t => t switch
        {
            BtfTypeTag { IsAttribute: true } tag => new BtfQualified(BtfQualifier.Const, tag.TypeId),
            BtfDeclarationTag { IsAttribute: true } => Byte,
            _ => t,
        },
        // BTF_KIND_ENUM64: kernel 6.0.
        static t => t is BtfEnum { Is64: true } e
            ? new BtfInt(e.Name.Length == 0 ? "enum64" : e.Name, e.Size, e.IsSigned ? BtfIntEncoding.Signed : BtfIntEncoding.None, e.Size * 8)
            : t is BtfEnum { IsSigned: true } plain ? plain with { IsSigned = false } : t,
        // BTF_KIND_TYPE_TAG: kernel 5.17.
        static t => t is BtfTypeTag tag ? new BtfQualified(BtfQualifier.Const, tag.TypeId) : t,
        // BTF_KIND_DECL_TAG: kernel 5.16.
        static t => t is BtfDeclarationTag ? Byte : t,
        // BTF_KIND_FLOAT: kernel 5.13.
        static t => t is BtfFloat f ? Nothing with { Size = f.Size } : t,
    ];

    /// <summary>
    /// The object's types as a loader must complete them: data sections with their sizes and offsets (compilers leave them 0),
    /// and no externs, which the kernel does not accept.
    /// </summary>
    public static ImmutableArray<BtfType> Complete(ObjectSpec spec)
    {
        BtfTypes types = spec.Btf!;
        BtfType[] result = new BtfType[types.Count];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = types[i + 1] switch
            {
                // Kernels before 6.11 refuse a question mark, which only loaders read.
                BtfDataSection d => Section(spec, d.Name) is { } section ? Complete(d with { Name = d.Name.Replace('?', '_') }, section, types) : Nothing,
                BtfVariable { Linkage: BtfLinkage.Extern } v => v with { Linkage = BtfLinkage.Global },
                BtfFunction { Linkage: BtfLinkage.Extern } f => new BtfTypedef(f.Name, f.PrototypeId),
                BtfType t => t,
            };
        }

        return ImmutableCollectionsMarshal.AsImmutableArray(result);
    }

    private static DataSectionSpec? Section(ObjectSpec spec, string name)
    {
        foreach (DataSectionSpec section in spec.DataSections)
            if (section.Content.Length > 0 && section.Name == name) return section;
        return null;
    }

    private static BtfDataSection Complete(BtfDataSection type, DataSectionSpec section, BtfTypes types)
    {
        Dictionary<string, int> offsets = section.Variables.ToDictionary(v => v.Name, v => v.Offset, StringComparer.Ordinal);
        IEnumerable<BtfSectionVariable> variables = type.Variables
            .Select(v => offsets.TryGetValue(types[v.TypeId].Name, out int offset) ? v with { Offset = offset } : v)
            .OrderBy(v => v.Offset);
        return type with { Size = section.Content.Length, Variables = [.. variables] };
    }
}
