using BpfSharp.Objects;
using BpfSharp.Objects.Instructions;

namespace BpfSharp.Loading;

/// <summary>CO-RE: offsets, sizes and existence of the running kernel's types, filled into the program.</summary>
internal static class CoreRelocations
{
    /// <summary>Applies a function's CO-RE relocations.</summary>
    /// <param name="function">The function.</param>
    /// <param name="start">Where it stands in <paramref name="code"/>.</param>
    /// <param name="code">The linked program.</param>
    /// <exception cref="BpfException">A relocation depends on the kernel's types, which this loader does not follow.</exception>
    public static void Apply(FunctionSpec function, int start, Instruction[] code)
    {
        foreach (CoreRelocationSpec relocation in function.CoreRelocations)
        {
            if (relocation.Kind != CoreRelocationKind.TypeIdLocal)
                throw new BpfException($"cannot load '{function.Name}': instruction {relocation.Index} depends on the running kernel's types ({relocation.Kind}, CO-RE), which this loader does not resolve");
            int at = start + relocation.Index;
            code[at] = code[at] with { Immediate = relocation.TypeId };
        }
    }
}
