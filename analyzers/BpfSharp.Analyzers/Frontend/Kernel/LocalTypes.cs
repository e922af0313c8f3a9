using BpfSharp.Objects.Btf;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>What a member of a kernel type is, as the object's own BTF says it. The loader compares it with the running kernel's.</summary>
internal abstract record LocalMemberType
{
    /// <summary>An integer or <c>bool</c>.</summary>
    public sealed record Integer(int Size, bool IsSigned, bool IsBool) : LocalMemberType;

    /// <summary>An enum.</summary>
    public sealed record Enum(LocalType Type) : LocalMemberType;

    /// <summary>A pointer to a struct or union, or null for all others; into the memory of the process, or of the kernel.</summary>
    public sealed record Pointer(LocalType? Pointee, bool IsUser = false) : LocalMemberType;

    /// <summary>A struct or union inside.</summary>
    public sealed record Embedded(LocalType Type) : LocalMemberType;

    /// <summary>An array.</summary>
    public sealed record Array(LocalMemberType Element, int Length) : LocalMemberType;
}

/// <summary>A member of a kernel type that the programs use.</summary>
internal sealed class LocalMember(string name, LocalMemberType type, int bitWidth)
{
    /// <summary>The kernel's name.</summary>
    public string Name { get; } = name;

    /// <summary>What it is.</summary>
    public LocalMemberType Type { get; } = type;

    /// <summary>The number of bits of a bit field, else 0.</summary>
    public int BitWidth { get; } = bitWidth;

    /// <summary>Its number in the struct, in the order of first use.</summary>
    public int Index { get; set; }

    /// <summary>Bytes from the struct's start; known when everything is lowered.</summary>
    public int Offset { get; set; }
}

/// <summary>A value of a kernel enum that the programs use.</summary>
internal sealed record LocalValue(string Name, long Value, int Index);

/// <summary>A kernel type with the members that the programs use, in the order of first use, one behind the other.</summary>
internal sealed class LocalType(string name, bool isUnion, bool isEnum, int enumSize = 4, bool isSigned = false)
{
    /// <summary>The kernel's name, with the flavour.</summary>
    public string Name { get; } = name;

    /// <summary>Whether the name is a <c>typedef</c>'s and the type behind it has none.</summary>
    public bool IsTypedef { get; init; }

    /// <summary>Whether it is a union.</summary>
    public bool IsUnion { get; } = isUnion;

    /// <summary>Whether it is an enum.</summary>
    public bool IsEnum { get; } = isEnum;

    /// <summary>Whether an enum is signed.</summary>
    public bool IsSigned { get; } = isSigned;

    /// <summary>The members.</summary>
    public List<LocalMember> Members { get; } = [];

    /// <summary>The values of an enum.</summary>
    public List<LocalValue> Values { get; } = [];

    /// <summary>Whether something needs its definition, not only its name.</summary>
    public bool IsDefined { get; set; } = isEnum;

    /// <summary>Bytes; known when everything is lowered.</summary>
    public int Size { get; private set; } = enumSize;

    /// <summary>Bytes.</summary>
    public int Alignment { get; private set; } = isEnum ? enumSize : 1;

    /// <summary>Its id in the object's BTF; 0 until it is written.</summary>
    public int Id { get; set; }

    private bool _isLaidOut = isEnum;

    /// <summary>The member of a name, added at its first use.</summary>
    public LocalMember Member(string name, Func<LocalMemberType> type, int bitWidth = 0)
    {
        IsDefined = true;
        LocalMember? member = Members.Find(m => m.Name == name);
        if (member is not null) return member;
        member = new LocalMember(name, type(), bitWidth) { Index = Members.Count };
        Members.Add(member);
        return member;
    }

    /// <summary>The value of a name, added at its first use.</summary>
    public LocalValue Value(string name, long value)
    {
        LocalValue? known = Values.Find(v => v.Name == name);
        if (known is null) Values.Add(known = new LocalValue(name, value, Values.Count));
        return known;
    }

    /// <summary>Gives the members their places.</summary>
    public void LayOut()
    {
        if (_isLaidOut) return;
        _isLaidOut = true; // A struct is not inside itself.
        int end = 0;
        foreach (LocalMember member in Members)
        {
            (int size, int alignment) = SizeOf(member.Type);
            member.Offset = IsUnion ? 0 : (end + alignment - 1) / alignment * alignment;
            end = Math.Max(end, member.Offset + size);
            Alignment = Math.Max(Alignment, alignment);
        }
        Size = Math.Max((end + Alignment - 1) / Alignment * Alignment, 1);
    }

    /// <summary>Size and alignment of a member.</summary>
    public static (int Size, int Alignment) SizeOf(LocalMemberType type)
    {
        switch (type)
        {
            case LocalMemberType.Integer integer: return (integer.Size, integer.Size);
            case LocalMemberType.Enum member: return (member.Type.Size, member.Type.Size);
            case LocalMemberType.Embedded member:
                member.Type.LayOut();
                return (member.Type.Size, member.Type.Alignment);
            case LocalMemberType.Array array:
                (int size, int alignment) = SizeOf(array.Element);
                return (size * array.Length, alignment);
            default: return (8, 8);
        }
    }
}
