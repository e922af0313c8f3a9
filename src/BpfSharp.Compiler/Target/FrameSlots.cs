using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Target;

/// <summary>
/// Decides which stack slots of a function share memory: two whose lifetimes do not meet. A slot lives from the first to the last value that
/// may reach its memory, on every path. One whose address leaves the function keeps its memory to itself.
/// </summary>
internal static class FrameSlots
{
    /// <summary>Makes the frame slots; the result has one for each slot of <paramref name="function"/> that is used, null for the others.</summary>
    public static FrameSlot?[] Share(Function function)
    {
        int count = function.Slots.Count;
        FrameSlot?[] result = new FrameSlot?[count];
        if (count == 0) return result;
        SlotPointers pointers = new(function);
        ulong[] used = new ulong[(count + 63) / 64];
        foreach (int slot in function.Blocks.SelectMany(static b => b.Values).SelectMany(pointers.Touched)) Set(used, slot);
        ulong[][] meets = Interference(function, pointers, count);
        List<(List<int> Members, ulong[] Set, int Size, int Alignment, string Name)> frames = [];
        foreach (int slot in Enumerable.Range(0, count).Where(i => Has(used, i)).OrderByDescending(i => function.Slots[i].Alignment).ThenByDescending(i => function.Slots[i].Size))
        {
            int home = pointers.Escaped.Contains(slot) ? -1 : frames.FindIndex(f => !pointers.Escaped.Contains(f.Members[0]) && !Meet(f.Set, meets[slot]));
            if (home < 0)
            {
                home = frames.Count;
                frames.Add(([], new ulong[meets[slot].Length], function.Slots[slot].Size, function.Slots[slot].Alignment, function.Slots[slot].Name));
            }
            frames[home].Members.Add(slot);
            frames[home].Set[slot >> 6] |= 1UL << (slot & 63);
        }
        foreach ((List<int> members, _, int size, int alignment, string name) in frames)
        {
            FrameSlot frame = new(size, alignment, name);
            foreach (int member in members) result[member] = frame;
        }
        return result;
    }

    private static bool Meet(ulong[] a, ulong[] b)
    {
        for (int i = 0; i < a.Length; i++)
        {
            if ((a[i] & b[i]) != 0) return true;
        }
        return false;
    }

    private static void Set(ulong[] set, int slot) => set[slot >> 6] |= 1UL << (slot & 63);

    private static bool Has(ulong[] set, int slot) => (set[slot >> 6] & (1UL << (slot & 63))) != 0;

    /// <summary>For each slot the set of those that live at the same time.</summary>
    private static ulong[][] Interference(Function function, SlotPointers pointers, int count)
    {
        int words = (count + 63) / 64;
        ulong[][] meets = new ulong[count][];
        for (int i = 0; i < count; i++) meets[i] = new ulong[words];
        // What was reached before (forwards) and what will be reached (backwards).
        ulong[][] before = Sets(function.BlockCount, words), after = Sets(function.BlockCount, words), touched = Sets(function.BlockCount, words);
        foreach (Block block in function.Blocks)
        {
            foreach (int slot in block.Values.SelectMany(pointers.Touched)) Set(touched[block.Id], slot);
        }
        List<Block> order = ControlFlow.ReversePostorder(function);
        bool changed = true;
        while (changed)
        {
            changed = false;
            foreach (Block block in order)
            {
                foreach (Block successor in block.Successors) changed |= Merge(before[successor.Id], before[block.Id], touched[block.Id]);
            }
            for (int i = order.Count - 1; i >= 0; i--)
            {
                foreach (Block successor in order[i].Successors) changed |= Merge(after[order[i].Id], after[successor.Id], touched[successor.Id]);
            }
        }
        int[] first = new int[count], last = new int[count];
        List<int> alive = [];
        foreach (Block block in order)
        {
            FindAlive(block, pointers, before[block.Id], after[block.Id], touched[block.Id], alive, first, last);
            for (int a = 0; a < alive.Count; a++)
            {
                for (int b = 0; b < a; b++)
                {
                    int x = alive[a], y = alive[b];
                    if (first[x] > last[y] || first[y] > last[x]) continue;
                    meets[x][y >> 6] |= 1UL << (y & 63);
                    meets[y][x >> 6] |= 1UL << (x & 63);
                }
            }
        }
        return meets;
    }

    /// <summary>Finds where in a block each slot is alive: from its first touch, or the start, to its last, or the end.</summary>
    private static void FindAlive(Block block, SlotPointers pointers, ulong[] before, ulong[] after, ulong[] touched, List<int> alive, int[] first, int[] last)
    {
        alive.Clear();
        for (int word = 0; word < before.Length; word++)
        {
            ulong bits = (before[word] | touched[word]) & (after[word] | touched[word]);
            for (int slot = word * 64; bits != 0; bits >>= 1, slot++)
            {
                if ((bits & 1) == 0) continue;
                alive.Add(slot);
                first[slot] = (before[word] >> (slot & 63) & 1) != 0 ? 0 : int.MaxValue;
                last[slot] = (after[word] >> (slot & 63) & 1) != 0 ? int.MaxValue : -1;
            }
        }
        if (alive.Count == 0) return;
        for (int i = 0; i < block.Values.Count; i++)
        {
            foreach (int slot in pointers.Touched(block.Values[i]))
            {
                first[slot] = Math.Min(first[slot], i);
                last[slot] = Math.Max(last[slot], i);
            }
        }
    }

    private static ulong[][] Sets(int count, int words)
    {
        ulong[][] sets = new ulong[count][];
        for (int i = 0; i < count; i++) sets[i] = new ulong[words];
        return sets;
    }

    private static bool Merge(ulong[] into, ulong[] from, ulong[] also)
    {
        bool changed = false;
        for (int i = 0; i < into.Length; i++)
        {
            ulong merged = into[i] | from[i] | also[i];
            changed |= merged != into[i];
            into[i] = merged;
        }
        return changed;
    }
}
