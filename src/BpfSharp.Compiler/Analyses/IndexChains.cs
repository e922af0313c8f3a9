using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Analyses;

/// <summary>
/// The integers that variable addresses are computed from. The verifier learns an index's bound from a comparison and keeps it only in
/// what is computed behind that comparison, so these values stay in their blocks.
/// </summary>
internal static class IndexChains
{
    /// <summary>
    /// Marks, by id, the values from which the offsets of <c>ptradd</c> and the sizes that helpers take are computed without a comparison in between.
    /// </summary>
    /// <param name="function">The function.</param>
    /// <param name="throughPhis">Whether the arguments of phis belong to it.</param>
    /// <param name="withEnds">Whether what the counters of loops are compared with belongs to it: the verifier has to see an end of each loop.</param>
    /// <param name="withStarts">Whether the values that they start from belong to it, which are no arithmetic.</param>
    internal static bool[] Find(Function function, bool throughPhis = false, bool withEnds = false, bool withStarts = false)
    {
        bool[] marked = new bool[function.ValueCount];
        Stack<Value> work = new();
        foreach (Block block in function.Blocks)
        {
            foreach (Value value in block.Values)
            {
                if (value.Op is Op.CallHelper or Op.CallKernel)
                {
                    foreach (Value argument in value.Arguments) work.Push(argument);
                }
                if (withEnds && value.Op.Has(OpTraits.Compare))
                {
                    if (LoopCounters.Is(value.Arguments[0])) work.Push(value.Arguments[1]);
                    else if (LoopCounters.Is(value.Arguments[1])) work.Push(value.Arguments[0]);
                }
                if (value.Op != Op.PtrAdd || value.Arguments.Count != 2) continue;
                marked[value.Id] = true;
                work.Push(value.Arguments[1]);
            }
        }
        while (work.Count > 0)
        {
            Value value = work.Pop();
            if (marked[value.Id] || value.Type.IsPointer) continue;
            bool isStep = IsStep(value.Op) || (throughPhis && value.Op == Op.Phi);
            marked[value.Id] = isStep || withStarts;
            if (!isStep) continue;
            foreach (Value argument in value.Arguments) work.Push(argument);
        }
        return marked;
    }

    private static bool IsStep(Op op) => op is (>= Op.Add and <= Op.Swap64) or Op.ZExt8 or Op.ZExt16 or Op.ZExt32 or Op.SExt8 or Op.SExt16 or Op.SExt32 or Op.Trunc;
}
