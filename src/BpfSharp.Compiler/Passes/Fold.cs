using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>Computes constants, and says operations with cheaper ones. The rules are in <see cref="Simplifier"/>.</summary>
internal static class Fold
{
    /// <summary>A rule may make way for another one; more rounds than this gain nothing that a later run would not.</summary>
    private const int Rounds = 6;

    internal static void Run(Function function, PassContext context) => Run(function);

    /// <summary>Runs it.</summary>
    /// <returns>Whether anything changed.</returns>
    internal static bool Run(Function function)
    {
        bool any = false;
        for (int round = 0; round < Rounds; round++)
        {
            Replacements replacements = new(function);
            Simplifier simplifier = new(function);
            foreach (Block block in ControlFlow.ReversePostorder(function))
            {
                List<Value> before = [.. block.Values];
                block.Values.Clear();
                foreach (Value value in before)
                {
                    replacements.ResolveArguments(value);
                    Value? by = simplifier.Simplify(block, value);
                    if (by is null || by == value) block.Values.Add(value);
                    else replacements.Replace(value, by);
                }
            }
            bool changed = replacements.Apply() | simplifier.Changed | TrivialPhis.Remove(function);
            if (!changed) break;
            Dce.Run(function);
            any = true;
        }
        return any;
    }
}
