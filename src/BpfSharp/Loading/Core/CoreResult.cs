namespace BpfSharp.Loading.Core;

/// <summary>The outcome of one relocation.</summary>
/// <param name="Old">The answer by the object's own types, which the instruction holds.</param>
/// <param name="New">The answer by the kernel's.</param>
/// <param name="CanResize">Whether a load or store may change its width from the one size to the other.</param>
internal readonly record struct CoreResult(CoreValue Old, CoreValue New, bool CanResize)
{
    /// <summary>Whether the target is missing and the instruction must not run.</summary>
    public bool IsMissing => Old.IsMissing || New.IsMissing;
}

/// <summary>Why an instruction must not run in a kernel: its relocation has no answer that it could hold.</summary>
/// <param name="Problem">What the member or type does, between its name and the kernel's.</param>
/// <param name="Fix">What to do about it.</param>
internal sealed record CoreRefusal(string Problem, string Fix)
{
    /// <summary>It is not there.</summary>
    public static readonly CoreRefusal Missing = new("is not", "read it only where Core.Exists says that it is there");

    /// <summary>A load of a whole member would read the members beside it.</summary>
    public static readonly CoreRefusal BitField = new("is a bit field", "declare it with [KernelMember(BitWidth = ...)], which reads it where it is a bit field and where it is none");

    /// <summary>A load of another size would not give the same number.</summary>
    public static CoreRefusal Size(uint kernel, uint declared) => new($"has {kernel} bytes, not {declared} (and only pointers and unsigned integers may differ),",
        "declare the other form, too, in a type of the name STRUCT___OTHER, and ask Core.SizeOf which one it is");
}
