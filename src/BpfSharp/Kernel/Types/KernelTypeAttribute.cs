namespace BpfSharp.Kernel;

/// <summary>What a type of the kernel is in C.</summary>
public enum KernelTypeKind
{
    /// <summary><c>struct</c>.</summary>
    Struct,

    /// <summary><c>union</c>.</summary>
    Union,

    /// <summary><c>enum</c>.</summary>
    Enum,
}

/// <summary>
/// Marks a type of the kernel: a <c>readonly ref struct</c> that stands for the address of a kernel struct or union, or an enum. It has the
/// kernel's own name and only the members that are needed, with setters where the kernel allows to write them; where they are in the running kernel is found out when the program is loaded (CO-RE).
/// What stands in the name behind <c>___</c> is not part of it, so that several forms of a type can be declared.
/// </summary>
/// <param name="kind">What it is in C.</param>
[AttributeUsage(AttributeTargets.Struct | AttributeTargets.Enum, Inherited = false)]
public sealed class KernelTypeAttribute(KernelTypeKind kind = KernelTypeKind.Struct) : Attribute
{
    /// <summary>What it is in C.</summary>
    public KernelTypeKind Kind { get; } = kind;

    /// <summary>The kernel's name, if the C# name is another.</summary>
    public string? Name { get; set; }

    /// <summary>Whether the name is that of a <c>typedef</c> of a struct or union that has none itself, such as <c>atomic_t</c>.</summary>
    public bool IsTypedef { get; set; }
}
