using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Loads one byte where a big-endian field of two is loaded, swapped and only its upper or lower byte looked at, as in
/// <c>header.Length &gt;&gt; 12</c>: neither the swap nor the shift by 8 is left.
/// </summary>
internal static class NarrowLoads
{
    /// <summary>Rewrites <paramref name="function"/>.</summary>
    internal static void Run(Function function, PassContext context)
    {
        int[] uses = new int[function.ValueCount];
        foreach (Value argument in function.Blocks.SelectMany(static b => b.Values).SelectMany(static v => v.Arguments)) uses[argument.Id]++;
        foreach (Value value in function.Blocks.SelectMany(static b => b.Values))
        {
            if (value.Arguments.Count != 2) continue;
            Value left = value.Arguments[0], right = value.Arguments[1];
            if (value.Op == Op.LShr && IsSwappedLoad(left, uses) && right.Op == Op.Const && right.Immediate is >= 8 and < 16)
            {
                UseByte(left, offset: 0);
                value.Arguments[1] = Constant(function, right, right.Immediate - 8);
            }
            else if (value.Op == Op.And && IsSwappedLoad(left, uses) && right.Op == Op.Const && right.Immediate is >= 0 and <= 0xff)
            {
                UseByte(left, offset: 1);
            }
            else if (value.Op == Op.ULt && IsSwappedLoad(left, uses) && right.Op == Op.Const && (right.Immediate & 0xff) == 0 && right.Immediate is > 0 and <= 0xff00)
            {
                UseByte(left, offset: 0);
                value.Arguments[1] = Constant(function, right, right.Immediate >> 8);
            }
            else if (value.Op == Op.ULt && IsSwappedLoad(right, uses) && left.Op == Op.Const && (left.Immediate & 0xff) == 0xff && left.Immediate is > 0 and <= 0xffff)
            {
                UseByte(right, offset: 0);
                value.Arguments[0] = Constant(function, left, left.Immediate >> 8);
            }
        }
        Insert(function);
    }

    private static bool IsSwappedLoad(Value value, int[] uses) =>
        value.Op == Op.Swap16 && uses[value.Id] == 1 && value.Arguments[0] is { Op: Op.Load, Access: Access.U16, Core: null } load && uses[load.Id] == 1
        && load.Arguments[0].Type.Region is Region.Packet or Region.MapValue or Region.Memory && load.Immediate < short.MaxValue && load.Type == value.Type;

    /// <summary>Makes the load one of a byte and the swap a copy, which the next cleaning removes.</summary>
    private static void UseByte(Value swap, int offset)
    {
        Value load = swap.Arguments[0];
        load.Access = Access.U8;
        load.Immediate += offset;
        swap.Op = Op.ZExt8;
    }

    private static Value Constant(Function function, Value like, long immediate)
    {
        Value constant = function.NewValue(Op.Const, like.Type);
        constant.Immediate = immediate;
        constant.DebugId = like.DebugId;
        return constant;
    }

    /// <summary>Puts the new constants into the entry block.</summary>
    private static void Insert(Function function)
    {
        int at = 0;
        foreach (Value argument in function.Blocks.SelectMany(static b => b.Values).SelectMany(static v => v.Arguments).Where(static v => v.Block is null).ToList())
        {
            function.Entry.Insert(at++, argument);
        }
    }
}
