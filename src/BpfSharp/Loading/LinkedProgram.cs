using BpfSharp.Objects;
using BpfSharp.Objects.Instructions;
using BpfSharp.Syscalls;

namespace BpfSharp.Loading;

/// <summary>A program with the subprograms it calls behind it, as the kernel loads it.</summary>
/// <param name="Instructions">All instructions; immediates of maps and calls are filled in.</param>
/// <param name="Functions">The functions in it with the index of their first instruction, the program first.</param>
internal sealed record LinkedProgram(Instruction[] Instructions, IReadOnlyList<(FunctionSpec Function, int Start)> Functions)
{
    /// <summary>Instructions that must not run in this kernel, with what they miss.</summary>
    public IReadOnlyDictionary<int, MissingMember> Missing { get; init; } = new Dictionary<int, MissingMember>();

    /// <summary>The types of modules whose functions it calls (kernel 5.15): a call names the first by 1, the second by 2, and the kernel's own by 0.</summary>
    public IReadOnlyList<BpfHandle> Modules { get; init; } = [];

    /// <summary>The source line of an instruction, null if the object has none for it.</summary>
    public LineSpec? LineOf(int instruction)
    {
        foreach ((FunctionSpec function, int start) in Functions)
        {
            int index = instruction - start;
            if (index >= 0 && index < function.Instructions.Length) return LineAt(function, index);
        }

        return null;
    }

    /// <summary>The source line of a function's instruction, null if the object has none for it.</summary>
    public static LineSpec? LineAt(FunctionSpec function, int index)
    {
        LineSpec? last = null;
        foreach (LineSpec line in function.Lines)
        {
            if (line.Index > index) break;
            last = line;
        }

        return last;
    }
}
