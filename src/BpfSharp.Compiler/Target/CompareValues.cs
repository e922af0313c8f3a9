using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Target;

/// <summary>
/// Comparisons only exist in branches. One whose result is used otherwise becomes a branch over a phi of 1 and 0, which costs a move,
/// a jump and a move.
/// </summary>
internal static class CompareValues
{
    /// <summary>Rewrites <paramref name="function"/>.</summary>
    public static void Run(Function function)
    {
        HashSet<Value> needed = [];
        foreach (Block block in function.Blocks)
        {
            foreach (Value value in block.Values)
            {
                if (value.Op == Op.Branch) continue;
                foreach (Value argument in value.Arguments)
                {
                    if (argument.Op.Has(OpTraits.Compare)) needed.Add(argument);
                }
            }
        }
        foreach (Value compare in function.Blocks.SelectMany(static b => b.Values).Where(needed.Contains).ToList()) Materialise(function, compare);
    }

    private static void Materialise(Function function, Value compare)
    {
        Block head = compare.Block!;
        Block tail = BlockSplitting.Split(head, head.Values.IndexOf(compare) + 1);
        Block zero = BlockSplitting.InsertAfter(head);
        Value one = Constant(function, 1, compare);
        Value none = Constant(function, 0, compare);
        head.Append(one);
        head.Append(none);
        Value phi = function.NewValue(Op.Phi, IrType.I32);
        phi.DebugId = compare.DebugId;
        phi.Name = compare.Name;
        foreach (Value user in function.Blocks.SelectMany(static b => b.Values))
        {
            if (user.Op == Op.Branch) continue;
            for (int i = 0; i < user.Arguments.Count; i++)
            {
                if (user.Arguments[i] == compare) user.Arguments[i] = phi;
            }
        }
        Value branch = function.NewValue(Op.Branch, IrType.Void, compare);
        branch.DebugId = compare.DebugId;
        head.Terminate(branch, tail, zero);
        Value jump = function.NewValue(Op.Jump, IrType.Void);
        jump.DebugId = compare.DebugId;
        zero.Terminate(jump, tail);
        tail.Insert(0, phi);
        phi.Arguments.AddRange([one, none]);
    }

    private static Value Constant(Function function, int value, Value at)
    {
        Value constant = function.NewValue(Op.Const, IrType.I32);
        constant.Immediate = value;
        constant.DebugId = at.DebugId;
        return constant;
    }
}
