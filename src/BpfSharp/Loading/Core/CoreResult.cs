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
