using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Puts the constant parts of addresses into the offsets of loads, stores and atomic operations, which have 16 signed bits. The base stays the
/// value it was: for packets that is the one which was compared with the packet's end.
/// </summary>
internal static class AddressFold
{
    internal static void Run(Function function, PassContext context)
    {
        int[] uses = CountOtherUses(function);
        List<Block> blocks = ControlFlow.ReversePostorder(function);
        foreach (Block block in blocks)
        {
            List<Value> before = [.. block.Values];
            block.Values.Clear();
            foreach (Value value in before)
            {
                if (value.Op == Op.PtrAdd) MoveConstantOut(function, block, value, uses);
                block.Values.Add(value);
            }
        }
        foreach (Block block in blocks)
        {
            foreach (Value value in block.Values)
            {
                if (HasOffset(value.Op)) Fold(value);
            }
        }
        Dce.Run(function);
    }

    private static bool HasOffset(Op op) => op is Op.Load or Op.Store or >= Op.AtomicAdd and <= Op.AtomicCompareExchange;

    private static void Fold(Value access)
    {
        while (access.Core is null && access.Arguments[0] is { Op: Op.PtrAdd, Arguments.Count: 1, Core: null } address)
        {
            long offset = access.Immediate + address.Immediate;
            if (offset != (short)offset) return;
            access.Arguments[0] = address.Arguments[0];
            access.Immediate = offset;
        }
    }

    /// <summary>
    /// (p + c) + i becomes (p + i) + c where loads and stores take the c. Not for packets: there p + i would be a new base, which nothing was
    /// compared with.
    /// </summary>
    private static void MoveConstantOut(Function function, Block block, Value value, int[] otherUses)
    {
        if (value.Arguments.Count != 2 || value.Core is not null || otherUses[value.Id] > 0) return;
        if (value.Type.Region is Region.Packet or Region.PacketMeta or Region.Unknown) return;
        Value inner = value.Arguments[0];
        long constant = value.Immediate;
        while (inner is { Op: Op.PtrAdd, Arguments.Count: 1, Core: null })
        {
            constant += inner.Immediate;
            inner = inner.Arguments[0];
        }
        if (constant == 0 || constant != (short)constant) return;
        Value sum = function.NewValue(Op.PtrAdd, value.Type, inner, value.Arguments[1]);
        sum.DebugId = value.DebugId;
        block.Append(sum);
        value.Arguments.Clear();
        value.Arguments.Add(sum);
        value.Immediate = constant;
    }

    /// <summary>How often each value is used otherwise than as the address of a memory access.</summary>
    private static int[] CountOtherUses(Function function)
    {
        int[] uses = new int[function.ValueCount];
        foreach (Block block in function.Blocks)
        {
            foreach (Value value in block.Values)
            {
                for (int i = HasOffset(value.Op) ? 1 : 0; i < value.Arguments.Count; i++) uses[value.Arguments[i].Id]++;
            }
        }
        return uses;
    }
}
