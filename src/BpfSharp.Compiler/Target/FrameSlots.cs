using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Target;

/// <summary>
/// Decides which stack slots of a function share memory: two whose lifetimes do not meet. A slot lives from the first to the last value that
/// reaches its memory, on every path. One whose address is stored or returned keeps its memory to itself.
/// </summary>
internal static class FrameSlots
{
    /// <summary>Makes the frame slots; the result has one for each slot of <paramref name="function"/> that is used, null for the others.</summary>
    public static FrameSlot?[] Share(Function function)
    {
        int count = function.Slots.Count;
        FrameSlot?[] result = new FrameSlot?[count];
        if (count == 0) return result;
        bool[] used = new bool[count], escapes = new bool[count];
        int[] slotOf = DerivedAddresses(function, escapes, used);
        bool[,] meets = Interference(function, slotOf, count);
        List<(List<int> Members, int Size, int Alignment, string Name)> frames = [];
        foreach (int slot in Enumerable.Range(0, count).Where(i => used[i]).OrderByDescending(i => function.Slots[i].Alignment).ThenByDescending(i => function.Slots[i].Size))
        {
            int home = escapes[slot] ? -1 : frames.FindIndex(f => f.Members.TrueForAll(m => !escapes[m] && !meets[m, slot]));
            if (home < 0) frames.Add(([slot], function.Slots[slot].Size, function.Slots[slot].Alignment, function.Slots[slot].Name));
            else frames[home].Members.Add(slot);
        }
        foreach ((List<int> members, int size, int alignment, string name) in frames)
        {
            FrameSlot frame = new(size, alignment, name);
            foreach (int member in members) result[member] = frame;
        }
        return result;
    }

    /// <summary>For each value the slot that its address points into, -1 for none; notes what is used and what escapes.</summary>
    private static int[] DerivedAddresses(Function function, bool[] escapes, bool[] used)
    {
        int[] slotOf = new int[function.ValueCount];
        for (int i = 0; i < slotOf.Length; i++) slotOf[i] = -1;
        bool changed = true;
        while (changed)
        {
            changed = false;
            foreach (Value value in function.Blocks.SelectMany(static b => b.Values))
            {
                int slot = value.Op == Op.SlotAddress ? (int)value.Immediate
                    : value.Op is Op.PtrAdd or Op.Opaque ? slotOf[value.Arguments[0].Id] : -1;
                if (slot < 0 || slotOf[value.Id] == slot) continue;
                slotOf[value.Id] = slot;
                changed = true;
            }
        }
        foreach (Value value in function.Blocks.SelectMany(static b => b.Values))
        {
            for (int i = 0; i < value.Arguments.Count; i++)
            {
                int slot = slotOf[value.Arguments[i].Id];
                if (slot < 0) continue;
                used[slot] = true;
                // A phi, a stored, passed or returned address can be used where this function does not show it.
                if (value.Op is Op.Phi or Op.Return or Op.CallFunction or Op.CallKernel || (value.Op == Op.Store && i == 1)) escapes[slot] = true;
            }
        }
        return slotOf;
    }

    private static bool[,] Interference(Function function, int[] slotOf, int count)
    {
        // Bits: what was reached before (forwards) and what will be reached (backwards).
        Dictionary<Block, bool[]> before = function.Blocks.ToDictionary(static b => b, _ => new bool[count]);
        Dictionary<Block, bool[]> after = function.Blocks.ToDictionary(static b => b, _ => new bool[count]);
        Dictionary<Block, bool[]> touched = function.Blocks.ToDictionary(static b => b, b => Touched(b, slotOf, count));
        bool changed = true;
        while (changed)
        {
            changed = false;
            foreach (Block block in function.Blocks)
            {
                foreach (Block successor in block.Successors)
                {
                    changed |= Merge(before[successor], before[block], touched[block]);
                    changed |= Merge(after[block], after[successor], touched[successor]);
                }
            }
        }
        bool[,] meets = new bool[count, count];
        foreach (Block block in function.Blocks)
        {
            // Where in the block each slot is alive: from its first touch, or the start, to its last, or the end.
            int[] first = new int[count], last = new int[count];
            for (int slot = 0; slot < count; slot++)
            {
                first[slot] = before[block][slot] ? 0 : int.MaxValue;
                last[slot] = after[block][slot] ? int.MaxValue - 1 : -1;
            }
            for (int i = 0; i < block.Values.Count; i++)
            {
                foreach (Value argument in block.Values[i].Arguments)
                {
                    int slot = slotOf[argument.Id];
                    if (slot < 0) continue;
                    first[slot] = Math.Min(first[slot], i);
                    last[slot] = Math.Max(last[slot], i);
                }
            }
            for (int a = 0; a < count; a++)
            {
                for (int b = 0; b < a; b++)
                {
                    if (first[a] <= last[a] && first[b] <= last[b] && first[a] <= last[b] && first[b] <= last[a]) meets[a, b] = meets[b, a] = true;
                }
            }
        }
        return meets;
    }

    private static bool[] Touched(Block block, int[] slotOf, int count)
    {
        bool[] touched = new bool[count];
        foreach (Value argument in block.Values.SelectMany(static v => v.Arguments))
        {
            if (slotOf[argument.Id] >= 0) touched[slotOf[argument.Id]] = true;
        }
        return touched;
    }

    private static bool Merge(bool[] into, bool[] from, bool[] also)
    {
        bool changed = false;
        for (int i = 0; i < into.Length; i++)
        {
            if (into[i] || !(from[i] || also[i])) continue;
            into[i] = changed = true;
        }
        return changed;
    }
}
