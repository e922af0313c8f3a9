using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// A key that is looked up and then added is written to the stack once: a slot that only ever holds one value, for helpers to read, takes the place of
/// another that holds the same value and is written later on every way.
/// </summary>
internal static class SharedSlots
{
    internal static void Run(Function function, PassContext context) => Run(function);

    /// <summary>Runs it.</summary>
    /// <returns>Whether a slot was saved.</returns>
    internal static bool Run(Function function)
    {
        if (function.Slots.Count < 2) return false;
        DominatorTree dominators = new(function);
        Contents[] slots = Collect(function, dominators);
        Dictionary<(Op, long, int, int), List<int>> byValue = [];
        int[] home = new int[slots.Length];
        bool changed = false;
        foreach (int slot in InOrder(slots, dominators))
        {
            home[slot] = slot;
            Value stored = slots[slot].Write!.Arguments[1];
            // Constants are equal by content, everything else by what it is.
            bool isConst = stored.Op == Op.Const && stored.Core is null;
            var key = (isConst ? Op.Const : Op.Phi, isConst ? stored.Immediate : stored.Id, slots[slot].Write!.Access.Size(), function.Slots[slot].Size);
            if (!byValue.TryGetValue(key, out List<int>? earlier)) byValue[key] = earlier = [];
            int place = earlier.FindIndex(e => Precedes(dominators, slots[e].Write!, slots[slot].Write!));
            int found = place >= 0 ? earlier[place] : -1;
            if (found < 0 || !slots[slot].Uses.TrueForAll(u => Precedes(dominators, slots[slot].Write!, u)))
            {
                earlier.Add(slot);
                continue;
            }
            home[slot] = found;
            slots[slot].Write!.Block!.Values.Remove(slots[slot].Write!);
            slots[slot].Write!.Block = null;
            Slot into = function.Slots[found];
            if (into.Alignment < function.Slots[slot].Alignment) function.Slots[found] = into with { Alignment = function.Slots[slot].Alignment };
            changed = true;
        }
        if (!changed) return false;
        foreach (Block block in function.Blocks)
        {
            foreach (Value value in block.Values)
            {
                if (value.Op == Op.SlotAddress && slots[value.Immediate].IsOneValue) value.Immediate = home[value.Immediate];
            }
        }
        Promote.RemoveUnusedSlots(function);
        return true;
    }

    /// <summary>What is known of a slot: its one write, and what reads it.</summary>
    private sealed class Contents
    {
        internal Value? Write { get; set; }

        internal List<Value> Uses { get; } = [];

        internal bool IsLost { get; set; }

        internal bool IsOneValue => Write is not null && !IsLost;
    }

    private static Contents[] Collect(Function function, DominatorTree dominators)
    {
        Contents[] slots = new Contents[function.Slots.Count];
        for (int i = 0; i < slots.Length; i++) slots[i] = new Contents();
        SlotUses uses = new(function, dominators.ReversePostorder);
        foreach (Block block in dominators.ReversePostorder)
        {
            foreach (Value value in block.Values)
            {
                for (int i = 0; i < value.Arguments.Count; i++)
                {
                    if (uses.TryAddress(value.Arguments[i], out int slot, out int offset)) Note(function, slots[slot], value, i, slot, offset);
                }
            }
        }
        for (int i = 0; i < slots.Length; i++)
        {
            if (uses.Escapes[i] == SlotEscape.Wild) slots[i].IsLost = true;
        }
        return slots;
    }

    private static void Note(Function function, Contents contents, Value value, int argument, int slot, int offset)
    {
        switch (value.Op)
        {
            case Op.PtrAdd:
                break;
            case Op.Store when argument == 0 && contents.Write is null && offset + value.Immediate == 0 && value.Access.Size() == function.Slots[slot].Size:
                contents.Write = value;
                break;
            case Op.Load:
            case Op.CallHelper when (HelperEffects.Of(value.Immediate) & HelperEffect.WritesArguments) == 0:
                contents.Uses.Add(value);
                break;
            default:
                contents.IsLost = true;
                break;
        }
    }

    private static IEnumerable<int> InOrder(Contents[] slots, DominatorTree dominators) =>
        Enumerable.Range(0, slots.Length).Where(i => slots[i].IsOneValue && dominators.IsReachable(slots[i].Write!.Block!))
            .OrderBy(i => dominators.Order(slots[i].Write!.Block!)).ThenBy(i => slots[i].Write!.Block!.Values.IndexOf(slots[i].Write!));

    private static bool Precedes(DominatorTree dominators, Value first, Value then) => first.Block == then.Block
        ? first.Block!.Values.IndexOf(first) < then.Block!.Values.IndexOf(then) : dominators.Dominates(first.Block!, then.Block!);
}
