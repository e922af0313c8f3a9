using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Target;

/// <summary>
/// Computes a value that only a phi of the next block takes as late as possible: the next round's loop counter, computed early, would be
/// alive together with this round's and need a register and a copy of its own.
/// </summary>
internal static class SinkPhiArguments
{
    /// <summary>Reorders values within the blocks of <paramref name="function"/>.</summary>
    public static void Run(Function function)
    {
        int[] uses = new int[function.ValueCount];
        foreach (Value argument in function.Blocks.SelectMany(static b => b.Values).SelectMany(static v => v.Arguments)) uses[argument.Id]++;
        foreach (Block block in function.Blocks)
        {
            if (block.Successors.Count != 1) continue;
            int index = block.Successors[0].Predecessors.IndexOf(block);
            foreach (Value phi in block.Successors[0].Phis)
            {
                Value argument = phi.Arguments[index];
                if (argument.Block != block || uses[argument.Id] != 1 || !argument.Op.IsPure() || argument.Op is Op.Phi or Op.Parameter) continue;
                if (!argument.Arguments.Contains(phi)) continue;
                block.Values.Remove(argument);
                block.Values.Insert(block.Values.Count - 1, argument);
            }
        }
    }
}
