using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler;

/// <summary>What a program can come to.</summary>
internal static class Reach
{
    /// <summary>The values of a program and of all functions and callbacks that it reaches.</summary>
    public static IEnumerable<Value> Values(Module module, Function program)
    {
        HashSet<Function> reached = [program];
        Stack<Function> open = new([program]);
        while (open.Count > 0)
        {
            foreach (Value value in open.Pop().Blocks.SelectMany(static b => b.Values))
            {
                yield return value;
                if (value.Op is Op.CallFunction or Op.FunctionAddress && module.FindFunction(value.Symbol!) is { } callee && reached.Add(callee)) open.Push(callee);
            }
        }
    }
}
