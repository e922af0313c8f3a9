using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>Removes values that nothing with an effect depends on.</summary>
internal static class Dce
{
    internal static void Run(Function function, PassContext context) => Run(function);

    /// <summary>Runs it.</summary>
    /// <returns>Whether anything was removed.</returns>
    internal static bool Run(Function function)
    {
        bool[] live = new bool[function.ValueCount];
        Stack<Value> work = new();
        foreach (Block block in function.Blocks)
        {
            foreach (Value value in block.Values)
            {
                if (!value.Op.Has(OpTraits.Writes) || IsUnneededCall(value)) continue;
                live[value.Id] = true;
                work.Push(value);
            }
        }
        while (work.Count > 0)
        {
            foreach (Value argument in work.Pop().Arguments)
            {
                if (live[argument.Id]) continue;
                live[argument.Id] = true;
                work.Push(argument);
            }
        }
        bool changed = false;
        foreach (Block block in function.Blocks)
        {
            changed |= block.Values.RemoveAll(v =>
            {
                if (live[v.Id]) return false;
                v.Block = null;
                return true;
            }) > 0;
        }
        return changed;
    }

    /// <summary>A helper whose only effect is its result is dropped where nobody asks for it.</summary>
    private static bool IsUnneededCall(Value value) => value.Op == Op.CallHelper && HelperEffects.IsPure(value.Immediate);
}
