namespace BpfSharp.Kernel;

/// <summary>What a member of a kernel type is in C.</summary>
public enum KernelMemberKind
{
    /// <summary>An integer, <c>bool</c>, <c>enum</c> or bit field.</summary>
    Scalar,

    /// <summary>A pointer; one of user space (<c>__user</c>) is a <see cref="UserPointer{T}"/>.</summary>
    Pointer,

    /// <summary>A struct or union inside.</summary>
    Embedded,

    /// <summary>An array.</summary>
    Array,
}

/// <summary>Says what a property of a kernel type is in C; scalars that are no bit fields need none.</summary>
[AttributeUsage(AttributeTargets.Property, Inherited = false)]
public sealed class KernelMemberAttribute : Attribute
{
    /// <summary>What it is in C.</summary>
    public KernelMemberKind Kind { get; set; }

    /// <summary>The number of elements of an array; 0 for a flexible one.</summary>
    public int Length { get; set; }

    /// <summary>
    /// The number of bits of a bit field. Where it is, how many bits it has and whether it is signed are the running kernel's, also where it is an ordinary member there: so a
    /// member that only some kernels have as a bit field is declared as one.
    /// </summary>
    public int BitWidth { get; set; }

    /// <summary>The kernel's name of an enum's member or a struct's member, if the C# name is another.</summary>
    public string? Name { get; set; }
}
