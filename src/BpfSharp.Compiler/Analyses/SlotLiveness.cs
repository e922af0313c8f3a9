using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Analyses;

/// <summary>Where a slot's content may still be read: backwards from each use to where the whole slot is written. One whose address is kept anywhere always may.</summary>
internal sealed class SlotLiveness
{
    private readonly Dictionary<Block, HashSet<int>> _liveIn = [];

    internal SlotLiveness(Function function)
    {
        List<Block> order = ControlFlow.ReversePostorder(function);
        SlotUses uses = new(function, order);
        HashSet<int> always = new SlotPointers(function).Held();
        always.UnionWith(Enumerable.Range(0, function.Slots.Count).Where(s => uses.Escapes[s] == SlotEscape.Wild));
        foreach (Block block in function.Blocks) _liveIn.Add(block, [.. always]);
        bool changed = true;
        while (changed)
        {
            changed = false;
            for (int i = order.Count - 1; i >= 0; i--)
            {
                HashSet<int> live = Before(function, order[i], uses);
                live.UnionWith(always);
                if (live.Count == _liveIn[order[i]].Count) continue;
                _liveIn[order[i]] = live;
                changed = true;
            }
        }
    }

    /// <summary>The slots that are read where a block is reached, or behind it.</summary>
    internal HashSet<int> At(Block block) => _liveIn[block];

    private HashSet<int> Before(Function function, Block block, SlotUses uses)
    {
        HashSet<int> live = [];
        foreach (Block successor in block.Successors) live.UnionWith(_liveIn[successor]);
        for (int i = block.Values.Count - 1; i >= 0; i--)
        {
            Value value = block.Values[i];
            // What is written last is written over what is read.
            if (Written(function, value, uses) is { } written) live.Remove(written);
            for (int a = 0; a < value.Arguments.Count; a++)
            {
                bool isWritten = a == 0 && value.Op is Op.Store or Op.Zero or Op.Copy;
                if (value.Op != Op.PtrAdd && !isWritten && uses.TryAddress(value.Arguments[a], out int slot, out _)) live.Add(slot);
            }
        }
        return live;
    }

    /// <summary>The slot of which an operation writes every byte.</summary>
    private static int? Written(Function function, Value value, SlotUses uses) =>
        value.Op is Op.Store or Op.Zero or Op.Copy && value.Core is null && uses.TryAddress(value.Arguments[0], out int slot, out int offset)
        && offset + SlotUses.AccessOffset(value) == 0 && SlotUses.AccessSize(value) == function.Slots[slot].Size ? slot : null;
}
