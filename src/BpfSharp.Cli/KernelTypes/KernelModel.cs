using BpfSharp.Objects.Kernel;

namespace BpfSharp.Cli.KernelTypes;

/// <summary>What a kernel type is in C.</summary>
internal enum TypeKind
{
    Struct,
    Union,
    Enum,
}

/// <summary>The structs, unions and enums of some kernels, each with the kernels that have it.</summary>
/// <param name="Kernels">The kernels' names, e.g. <c>6.12</c> and <c>6.12 arm64</c>, oldest first. A bit of a mask stands for each.</param>
/// <param name="Types">The types by name, in the order of their names.</param>
internal sealed record KernelModel(IReadOnlyList<string> Kernels, SortedDictionary<string, KernelType> Types)
{
    /// <summary>The mask of all kernels.</summary>
    public uint All => (uint)((1UL << Kernels.Count) - 1);

    /// <summary>The kernels of a mask in words.</summary>
    public string Describe(uint mask) => mask == All ? "all" : string.Join(", ", Kernels.Where((_, i) => (mask >> i & 1) != 0));
}

/// <summary>A struct, union or enum.</summary>
internal sealed class KernelType
{
    public required string Name { get; init; }

    public required TypeKind Kind { get; init; }

    /// <summary>The kernels that have it.</summary>
    public uint Kernels { get; set; }

    /// <summary>Whether a struct or union has its name only by a typedef (<c>atomic_t</c>).</summary>
    public bool IsTypedef { get; set; }

    /// <summary>Of an enum: bytes, and whether values are signed.</summary>
    public int Size { get; set; } = 4;

    public bool IsSigned { get; set; }

    /// <summary>Members and values, in the order of the newest kernel; those that it does not have any more follow.</summary>
    public List<KernelMemberModel> Members { get; set; } = [];
}

/// <summary>A member of a struct or union, or a value of an enum.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type, null for values of an enum.</param>
/// <param name="Value">A bit field's width, or an enum's value.</param>
/// <param name="Kernels">The kernels that have it.</param>
internal sealed record KernelMemberModel(string Name, TypeReference? Type, long Value, uint Kernels)
{
    /// <summary>Whether programs may write it somewhere, and C# has a type of which values can be assigned.</summary>
    public bool IsSettable(KernelType container) => Value == 0 && Type is TypeReference.Scalar && KernelWrites.IsSettable(container.Name, Name);
}

/// <summary>The type of a member.</summary>
internal abstract record TypeReference
{
    /// <summary>An integer or <c>bool</c>: <c>i4</c>, <c>u8</c>, <c>b1</c>.</summary>
    public sealed record Scalar(char Sign, int Size) : TypeReference
    {
        public override string ToString() => $"{Sign}{Size}";
    }

    /// <summary>A struct, union or enum by its name: <c>=task_struct</c>.</summary>
    public sealed record Named(string Name) : TypeReference
    {
        public override string ToString() => "=" + Name;
    }

    /// <summary>A pointer: <c>*</c>, or <c>^</c> if it is one of user space, and what it points to, <c>v</c> if that is not known.</summary>
    public sealed record Pointer(TypeReference? Target, bool IsUser = false) : TypeReference
    {
        public override string ToString() => (IsUser ? "^" : "*") + (Target?.ToString() ?? "v");
    }

    /// <summary>An array: <c>[16]</c> and its elements.</summary>
    public sealed record Array(long Count, TypeReference Element) : TypeReference
    {
        public override string ToString() => $"[{Count}]{Element}";
    }

    /// <summary>Reads what <see cref="object.ToString"/> gives.</summary>
    public static TypeReference? Parse(ReadOnlySpan<char> text)
    {
        switch (text[0])
        {
            case 'v':
                return null;
            case '=':
                return new Named(text[1..].ToString());
            case '*':
                return new Pointer(Parse(text[1..]));
            case '^':
                return new Pointer(Parse(text[1..]), IsUser: true);
            case '[':
                int end = text.IndexOf(']');
                return new Array(long.Parse(text[1..end]), Parse(text[(end + 1)..])!);
            default:
                return new Scalar(text[0], int.Parse(text[1..]));
        }
    }
}
