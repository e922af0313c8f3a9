using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>What a value costs where it is inlined, in instructions: a table, 1 for what is not in it.</summary>
internal static class InlineCost
{
    private static readonly Dictionary<Op, int> s_rows = new()
    {
        [Op.Const] = 0, // an immediate
        [Op.Parameter] = 0,
        [Op.SlotAddress] = 0,
        [Op.Trunc] = 0,
        [Op.Phi] = 0,
        [Op.Jump] = 0,
        [Op.MapAddress] = 2, // a wide immediate
        [Op.GlobalAddress] = 2,
        [Op.FunctionAddress] = 2,
        [Op.CallHelper] = 2, // and moves
        [Op.CallKernel] = 2,
        [Op.CallFunction] = 4,
        [Op.SDiv] = 4,
        [Op.SMod] = 4,
    };

    /// <summary>The cost of a value.</summary>
    internal static int Of(Value value) => value.Op is Op.Copy or Op.Zero
        ? (int)Math.Min(64, (value.Immediate + 7) / 8 * (value.Op == Op.Copy ? 2 : 1))
        : s_rows.TryGetValue(value.Op, out int cost) ? cost : 1;
}
