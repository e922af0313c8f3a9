using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>Puts a callee's body in the place of one call.</summary>
internal static class InlineCall
{
    internal static void Expand(Function caller, Value call, Function callee)
    {
        Block before = call.Block!;
        Block after = SplitBehind(caller, before, call);
        Dictionary<Block, Block> blocks = [];
        Value?[] values = new Value?[callee.ValueCount];
        int slots = caller.Slots.Count;
        foreach (Slot slot in callee.Slots) caller.AddSlot(slot.Size, slot.Alignment, slot.Name);
        foreach (Block block in callee.Blocks) blocks[block] = caller.AddBlock();
        // Values first, arguments then: a phi may use what comes later.
        List<(Value Original, Value Copy)> copies = [];
        List<(Block From, Value? Result)> returns = [];
        foreach (Block block in callee.Blocks)
        {
            foreach (Value value in block.Values)
            {
                if (value.Op == Op.Parameter)
                {
                    values[value.Id] = call.Arguments[(int)value.Immediate];
                    continue;
                }
                Value copy = Copy(caller, value, slots);
                values[value.Id] = copy;
                copies.Add((value, copy));
                blocks[block].Append(copy);
                if (value.Op == Op.Return) returns.Add((blocks[block], value.Arguments.Count > 0 ? value.Arguments[0] : null));
            }
            blocks[block].Successors.AddRange(block.Successors.Select(s => blocks[s]));
            blocks[block].Predecessors.AddRange(block.Predecessors.Select(p => blocks[p]));
        }
        foreach ((Value original, Value copy) in copies)
        {
            if (copy.Op != Op.Jump) copy.Arguments.AddRange(original.Arguments.Select(a => values[a.Id]!));
        }
        Value enter = caller.NewValue(Op.Jump, IrType.Void);
        enter.DebugId = call.DebugId;
        before.Terminate(enter, blocks[callee.Entry]);
        Return(caller, call, after, returns, values);
    }

    private static Value Copy(Function caller, Value value, int slots)
    {
        Value copy = caller.NewValue(value.Op == Op.Return ? Op.Jump : value.Op, value.Type);
        copy.Immediate = value.Op == Op.SlotAddress ? value.Immediate + slots : value.Immediate;
        copy.Symbol = value.Symbol;
        copy.Access = value.Access;
        copy.Alignment = value.Alignment;
        copy.Core = value.Core;
        copy.DebugId = value.DebugId;
        copy.Name = value.Name;
        return copy;
    }

    /// <summary>Moves what comes behind the call, and the block's successors, to a new block.</summary>
    private static Block SplitBehind(Function caller, Block block, Value call)
    {
        Block after = caller.AddBlock();
        int place = block.Values.IndexOf(call);
        for (int i = place + 1; i < block.Values.Count; i++) after.Append(block.Values[i]);
        block.Values.RemoveRange(place, block.Values.Count - place);
        after.Successors.AddRange(block.Successors);
        block.Successors.Clear();
        foreach (Block successor in after.Successors) successor.ReplacePredecessor(block, after);
        return after;
    }

    /// <summary>Lets the returns go behind the call, with a phi of the results in the place of the call's value.</summary>
    private static void Return(Function caller, Value call, Block after, List<(Block From, Value? Result)> returns, Value?[] values)
    {
        foreach ((Block from, _) in returns)
        {
            from.Successors.Add(after);
            after.Predecessors.Add(from);
        }
        if (call.Type.Kind == TypeKind.Void)
        {
            call.Block = null;
            return;
        }
        // The call itself becomes the phi, so that its uses stay as they are.
        call.Op = Op.Phi;
        call.Symbol = null;
        call.Arguments.Clear();
        call.Arguments.AddRange(returns.Select(r => values[r.Result!.Id]!));
        after.Insert(0, call);
    }
}
