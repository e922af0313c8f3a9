using System.Collections.Immutable;

namespace BpfSharp.Objects.Btf;

/// <summary>
/// A BTF type. Types refer to each other by id: the place in <see cref="BtfTypes"/>, from 1; 0 is <c>void</c>.
/// Each kind is one record, named after the kernel's <c>BTF_KIND_*</c>.
/// </summary>
/// <param name="Name">The type's name, "" where it has none.</param>
public abstract record BtfType(string Name);

/// <summary><c>BTF_KIND_INT</c>.</summary>
/// <param name="Name">The C name, e.g. <c>unsigned int</c>.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Encoding">Signed, char or bool.</param>
/// <param name="Bits">Bits used; normally 8 × size.</param>
/// <param name="BitOffset">The first bit used; normally 0.</param>
public sealed record BtfInt(string Name, int Size, BtfIntEncoding Encoding, int Bits, int BitOffset = 0) : BtfType(Name);

/// <summary>How an integer is shown (<c>BTF_INT_*</c>).</summary>
[Flags]
public enum BtfIntEncoding
{
    /// <summary>Unsigned.</summary>
    None = 0,
    /// <summary><c>BTF_INT_SIGNED</c>.</summary>
    Signed = 1,
    /// <summary><c>BTF_INT_CHAR</c>.</summary>
    Char = 2,
    /// <summary><c>BTF_INT_BOOL</c>.</summary>
    Bool = 4,
}

/// <summary><c>BTF_KIND_PTR</c>.</summary>
/// <param name="TypeId">The pointee.</param>
public sealed record BtfPointer(int TypeId) : BtfType("");

/// <summary><c>BTF_KIND_ARRAY</c>.</summary>
/// <param name="ElementTypeId">The element's type.</param>
/// <param name="IndexTypeId">The index's type, an integer.</param>
/// <param name="Count">Elements; counts above 2³¹ are reinterpreted.</param>
public sealed record BtfArray(int ElementTypeId, int IndexTypeId, int Count) : BtfType("");

/// <summary><c>BTF_KIND_STRUCT</c> and <c>BTF_KIND_UNION</c>.</summary>
/// <param name="Name">The tag, "" if anonymous.</param>
/// <param name="IsUnion">Whether it is a union.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Members">The members in order.</param>
public sealed record BtfStruct(string Name, bool IsUnion, int Size, ImmutableArray<BtfMember> Members) : BtfType(Name)
{
    /// <inheritdoc/>
    public bool Equals(BtfStruct? other) =>
        other is not null && Name == other.Name && IsUnion == other.IsUnion && Size == other.Size && Members.SequenceEqual(other.Members);

    /// <inheritdoc/>
    public override int GetHashCode() => (Name, IsUnion, Size, Members.Length).GetHashCode();
}

/// <summary>A member of a struct or union.</summary>
/// <param name="Name">The name, "" if anonymous.</param>
/// <param name="TypeId">Its type.</param>
/// <param name="BitOffset">Bits from the start.</param>
/// <param name="BitSize">Bits if it is a bit field, else 0.</param>
public readonly record struct BtfMember(string Name, int TypeId, int BitOffset, int BitSize = 0);

/// <summary><c>BTF_KIND_ENUM</c> and <c>BTF_KIND_ENUM64</c> (which is used where a value needs it or <paramref name="Size"/> is 8).</summary>
/// <param name="Name">The tag, "" if anonymous.</param>
/// <param name="Size">Bytes.</param>
/// <param name="IsSigned">Whether values are signed.</param>
/// <param name="Is64">Whether it is a <c>BTF_KIND_ENUM64</c> (kernel 6.0).</param>
/// <param name="Values">The values in order.</param>
public sealed record BtfEnum(string Name, int Size, bool IsSigned, bool Is64, ImmutableArray<BtfEnumValue> Values) : BtfType(Name)
{
    /// <inheritdoc/>
    public bool Equals(BtfEnum? other) =>
        other is not null && Name == other.Name && Size == other.Size && IsSigned == other.IsSigned && Is64 == other.Is64
        && Values.SequenceEqual(other.Values);

    /// <inheritdoc/>
    public override int GetHashCode() => (Name, Size, IsSigned, Is64, Values.Length).GetHashCode();
}

/// <summary>A value of an enum.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value; unsigned values are reinterpreted.</param>
public readonly record struct BtfEnumValue(string Name, long Value);

/// <summary><c>BTF_KIND_FWD</c>.</summary>
/// <param name="Name">The tag.</param>
/// <param name="IsUnion">Whether it declares a union.</param>
public sealed record BtfForward(string Name, bool IsUnion) : BtfType(Name);

/// <summary><c>BTF_KIND_TYPEDEF</c>.</summary>
/// <param name="Name">The alias.</param>
/// <param name="TypeId">What it stands for.</param>
public sealed record BtfTypedef(string Name, int TypeId) : BtfType(Name);

/// <summary><c>BTF_KIND_VOLATILE</c>, <c>BTF_KIND_CONST</c> and <c>BTF_KIND_RESTRICT</c>.</summary>
/// <param name="Qualifier">Which one.</param>
/// <param name="TypeId">The qualified type.</param>
public sealed record BtfQualified(BtfQualifier Qualifier, int TypeId) : BtfType("");

/// <summary>The C qualifiers, with the kernel's <c>BTF_KIND_*</c> values.</summary>
public enum BtfQualifier
{
    /// <summary><c>BTF_KIND_VOLATILE</c>.</summary>
    Volatile = 9,
    /// <summary><c>BTF_KIND_CONST</c>.</summary>
    Const = 10,
    /// <summary><c>BTF_KIND_RESTRICT</c>.</summary>
    Restrict = 11,
}

/// <summary><c>BTF_KIND_FUNC</c>.</summary>
/// <param name="Name">The function's name.</param>
/// <param name="PrototypeId">Its <see cref="BtfPrototype"/>.</param>
/// <param name="Linkage">Static, global or extern.</param>
public sealed record BtfFunction(string Name, int PrototypeId, BtfLinkage Linkage) : BtfType(Name);

/// <summary>The linkage of functions and variables (<c>BTF_FUNC_*</c>, <c>BTF_VAR_*</c>).</summary>
public enum BtfLinkage
{
    /// <summary>Static.</summary>
    Static = 0,
    /// <summary>Global.</summary>
    Global = 1,
    /// <summary>Extern.</summary>
    Extern = 2,
}

/// <summary><c>BTF_KIND_FUNC_PROTO</c>.</summary>
/// <param name="ReturnTypeId">The result's type, 0 for <c>void</c>.</param>
/// <param name="Parameters">The parameters in order; a last one without name and type stands for <c>...</c>.</param>
public sealed record BtfPrototype(int ReturnTypeId, ImmutableArray<BtfParameter> Parameters) : BtfType("")
{
    /// <inheritdoc/>
    public bool Equals(BtfPrototype? other) =>
        other is not null && ReturnTypeId == other.ReturnTypeId && Parameters.SequenceEqual(other.Parameters);

    /// <inheritdoc/>
    public override int GetHashCode() => (ReturnTypeId, Parameters.Length).GetHashCode();
}

/// <summary>A parameter of a function.</summary>
/// <param name="Name">Its name.</param>
/// <param name="TypeId">Its type.</param>
public readonly record struct BtfParameter(string Name, int TypeId);

/// <summary><c>BTF_KIND_VAR</c>.</summary>
/// <param name="Name">The variable's name.</param>
/// <param name="TypeId">Its type.</param>
/// <param name="Linkage">Static, global or extern.</param>
public sealed record BtfVariable(string Name, int TypeId, BtfLinkage Linkage) : BtfType(Name);

/// <summary><c>BTF_KIND_DATASEC</c>.</summary>
/// <param name="Name">The ELF section's name.</param>
/// <param name="Size">Bytes; the loader fills it in where it is 0.</param>
/// <param name="Variables">What is in it, ascending by offset.</param>
public sealed record BtfDataSection(string Name, int Size, ImmutableArray<BtfSectionVariable> Variables) : BtfType(Name)
{
    /// <inheritdoc/>
    public bool Equals(BtfDataSection? other) =>
        other is not null && Name == other.Name && Size == other.Size && Variables.SequenceEqual(other.Variables);

    /// <inheritdoc/>
    public override int GetHashCode() => (Name, Size, Variables.Length).GetHashCode();
}

/// <summary>A variable in a data section.</summary>
/// <param name="TypeId">Its <see cref="BtfVariable"/> (or <see cref="BtfFunction"/> for externs).</param>
/// <param name="Offset">Bytes from the section's start.</param>
/// <param name="Size">Bytes.</param>
public readonly record struct BtfSectionVariable(int TypeId, int Offset, int Size);

/// <summary><c>BTF_KIND_FLOAT</c>.</summary>
/// <param name="Name">The C name.</param>
/// <param name="Size">Bytes.</param>
public sealed record BtfFloat(string Name, int Size) : BtfType(Name);

/// <summary><c>BTF_KIND_DECL_TAG</c>.</summary>
/// <param name="Name">The tag's text.</param>
/// <param name="TypeId">The tagged struct, variable, function or typedef.</param>
/// <param name="Component">The member or parameter, -1 for the whole.</param>
/// <param name="IsAttribute">Whether the text is a whole attribute, not the text of a <c>btf_decl_tag</c> (kernel 6.15).</param>
public sealed record BtfDeclarationTag(string Name, int TypeId, int Component, bool IsAttribute = false) : BtfType(Name);

/// <summary><c>BTF_KIND_TYPE_TAG</c>.</summary>
/// <param name="Name">The tag's text.</param>
/// <param name="TypeId">The tagged type.</param>
/// <param name="IsAttribute">Whether the text is a whole attribute, not the text of a <c>btf_type_tag</c> (kernel 6.15).</param>
public sealed record BtfTypeTag(string Name, int TypeId, bool IsAttribute = false) : BtfType(Name);
