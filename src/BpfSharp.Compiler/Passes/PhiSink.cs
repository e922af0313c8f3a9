using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// A phi of values that one and the same conversion or byte swap made, each for it alone, becomes the conversion of a phi: one instead of many,
/// and often none, because a comparison takes it over.
/// </summary>
internal static class PhiSink
{
    internal static void Run(Function function, PassContext context) => Run(function);

    /// <summary>Runs it.</summary>
    /// <returns>Whether anything changed.</returns>
    internal static bool Run(Function function)
    {
        int[] uses = new int[function.ValueCount];
        foreach (Block block in function.Blocks)
        {
            foreach (Value value in block.Values)
            {
                foreach (Value argument in value.Arguments) uses[argument.Id]++;
            }
        }
        Replacements replacements = new(function);
        foreach (Block block in function.Blocks)
        {
            List<Value> made = [];
            int place = 0;
            foreach (Value phi in block.Phis.ToList())
            {
                if (!CanSink(phi, uses)) continue;
                Op op = phi.Arguments[0].Op;
                Value inner = function.NewValue(Op.Phi, phi.Arguments[0].Arguments[0].Type, [.. phi.Arguments.Select(static a => a.Arguments[0])]);
                inner.DebugId = phi.DebugId;
                inner.Name = phi.Name;
                block.Insert(place++, inner);
                Value converted = function.NewValue(op, phi.Type, inner);
                converted.DebugId = phi.Arguments[0].DebugId;
                converted.Block = block;
                made.Add(converted);
                replacements.Replace(phi, converted);
            }
            if (made.Count > 0) block.Values.InsertRange(block.Phis.Count(), made);
        }
        bool changed = replacements.Apply();
        if (changed) Dce.Run(function);
        return changed;
    }

    private static bool CanSink(Value phi, int[] uses)
    {
        if (phi.Arguments.Count < 2 || phi.Type.IsPointer) return false;
        Op op = phi.Arguments[0].Op;
        if (op is not (Op.Swap16 or Op.Swap32 or Op.Swap64 or Op.ZExt32 or Op.SExt32 or Op.SExt8 or Op.SExt16 or Op.Trunc)) return false;
        foreach (Value argument in phi.Arguments)
        {
            if (argument.Op != op || uses[argument.Id] != 1 || argument.Arguments[0].Type != phi.Arguments[0].Arguments[0].Type) return false;
        }
        return true;
    }
}
