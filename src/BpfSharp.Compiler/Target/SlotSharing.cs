using BpfSharp.Objects.Instructions;

namespace BpfSharp.Compiler.Target;

/// <summary>Lets spilled registers whose lifetimes do not meet share a slot: the stack has 512 bytes for all functions of a call chain.</summary>
internal static class SlotSharing
{
    /// <summary>Merges the spill slots of <paramref name="function"/>.</summary>
    public static void Run(MachineFunction function)
    {
        Dictionary<FrameSlot, int> index = [];
        foreach (MachineInstruction instruction in function.Blocks.SelectMany(static b => b.Instructions))
        {
            if (instruction.Slot is { IsSpill: true } slot && !index.ContainsKey(slot)) index.Add(slot, index.Count);
        }
        if (index.Count < 2) return;
        HashSet<int>[] neighbours = Interference(function, index);
        FrameSlot[] slots = [.. index.Keys];
        int[] color = new int[slots.Length];
        List<FrameSlot> shared = [];
        for (int i = 0; i < slots.Length; i++)
        {
            HashSet<int> taken = [.. neighbours[i].Where(n => n < i).Select(n => color[n])];
            int free = 0;
            while (taken.Contains(free)) free++;
            color[i] = free;
            if (free == shared.Count) shared.Add(slots[i]);
        }
        foreach (MachineInstruction instruction in function.Blocks.SelectMany(static b => b.Instructions))
        {
            if (instruction.Slot is { IsSpill: true } slot) instruction.Slot = shared[color[index[slot]]];
        }
    }

    private static HashSet<int>[] Interference(MachineFunction function, Dictionary<FrameSlot, int> index)
    {
        Dictionary<MachineBlock, HashSet<int>> liveIn = function.Blocks.ToDictionary(static b => b, static _ => new HashSet<int>());
        HashSet<int>[] neighbours = new HashSet<int>[index.Count];
        for (int i = 0; i < neighbours.Length; i++) neighbours[i] = [];
        bool changed = true;
        while (changed)
        {
            changed = false;
            for (int b = function.Blocks.Count - 1; b >= 0; b--)
            {
                HashSet<int> live = Walk(function.Blocks[b], null);
                if (live.Count == liveIn[function.Blocks[b]].Count) continue;
                liveIn[function.Blocks[b]] = live;
                changed = true;
            }
        }
        foreach (MachineBlock block in function.Blocks) Walk(block, neighbours);
        return neighbours;

        HashSet<int> Walk(MachineBlock block, HashSet<int>[]? edges)
        {
            HashSet<int> live = [.. block.Successors.SelectMany(s => liveIn[s])];
            for (int i = block.Instructions.Count - 1; i >= 0; i--)
            {
                if (block.Instructions[i].Slot is not { IsSpill: true } slot) continue;
                int number = index[slot];
                if (block.Instructions[i].Class != OpcodeClass.StoreIndirect)
                {
                    live.Add(number);
                    continue;
                }
                live.Remove(number);
                if (edges is null) continue;
                foreach (int other in live)
                {
                    edges[number].Add(other);
                    edges[other].Add(number);
                }
            }
            return live;
        }
    }
}
