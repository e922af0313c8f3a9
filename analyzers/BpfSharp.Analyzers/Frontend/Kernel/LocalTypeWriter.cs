using System.Collections.Immutable;
using BpfSharp.Objects.Btf;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Writes the kernel types that the programs use as BTF.</summary>
internal sealed class LocalTypeWriter(BtfTypeWriter btf)
{
    // As GCC names them, with which most kernels are built: questions about whole types compare names.
    private static readonly Dictionary<(int Size, bool IsSigned), string> Names = new()
    {
        [(1, false)] = "unsigned char",
        [(1, true)] = "signed char",
        [(2, false)] = "short unsigned int",
        [(2, true)] = "short int",
        [(4, false)] = "unsigned int",
        [(4, true)] = "int",
        [(8, false)] = "long unsigned int",
        [(8, true)] = "long int",
    };

    /// <summary>Takes an id: types refer to each other.</summary>
    public void Reserve(LocalType type) => type.Id = btf.Reserve(new BtfForward(type.Name, type.IsUnion));

    /// <summary>Writes a type under its id.</summary>
    public void Write(LocalType type) => btf.Set(type.Id, type.IsEnum ? Enum(type) : type.IsTypedef ? new BtfTypedef(type.Name, btf.Raw(Struct(type, ""))) : Struct(type, type.Name));

    private static BtfEnum Enum(LocalType type) =>
        new(type.Name, type.Size, type.IsSigned, type.Size == 8, [.. type.Values.Select(static v => new BtfEnumValue(v.Name, v.Value))]);

    private BtfStruct Struct(LocalType type, string name)
    {
        ImmutableArray<BtfMember> members = [.. type.Members.Select(m => new BtfMember(m.Name, Member(m.Type), m.Offset * 8, m.BitWidth))];
        return new BtfStruct(name, type.IsUnion, type.Size, members);
    }

    private int Member(LocalMemberType type) => type switch
    {
        LocalMemberType.Integer { IsBool: true } => btf.Raw(new BtfInt("_Bool", 1, BtfIntEncoding.Bool, 8)),
        LocalMemberType.Integer i => btf.Raw(new BtfInt(Names[(i.Size, i.IsSigned)], i.Size, i.IsSigned ? BtfIntEncoding.Signed : BtfIntEncoding.None, i.Size * 8)),
        LocalMemberType.Enum e => Reference(e.Type),
        LocalMemberType.Embedded e => Reference(e.Type),
        LocalMemberType.Pointer p => btf.Raw(new BtfPointer(p.Pointee is null ? 0 : Reference(p.Pointee))),
        LocalMemberType.Array a => btf.Raw(new BtfArray(Member(a.Element), btf.Index(), a.Length)),
        _ => 0,
    };

    /// <summary>A type of which no member is used is only declared.</summary>
    private int Reference(LocalType type)
    {
        if (type.Id == 0) type.Id = btf.Raw(new BtfForward(type.Name, type.IsUnion));
        return type.Id;
    }
}
