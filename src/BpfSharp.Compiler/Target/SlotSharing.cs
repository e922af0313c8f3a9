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
        ILookup<int, int> copies = Copies(function, index);
        FrameSlot[] slots = [.. index.Keys];
        int[] color = new int[slots.Length];
        List<FrameSlot> shared = [];
        for (int i = 0; i < slots.Length; i++)
        {
            HashSet<int> taken = [.. neighbours[i].Where(n => n < i).Select(n => color[n])];
            // What is copied from one slot to another needs no copy in one and the same.
            int free = copies[i].Where(n => n < i && !taken.Contains(color[n])).Select(n => color[n]).DefaultIfEmpty(-1).First();
            for (int first = 0; free < 0; first++) free = taken.Contains(first) ? -1 : first;
            color[i] = free;
            if (free == shared.Count) shared.Add(slots[i]);
        }
        foreach (MachineInstruction instruction in function.Blocks.SelectMany(static b => b.Instructions))
        {
            if (instruction.Slot is { IsSpill: true } slot) instruction.Slot = shared[color[index[slot]]];
        }
    }

    /// <summary>Which slots are copied to one another: by a reload whose register is stored.</summary>
    private static ILookup<int, int> Copies(MachineFunction function, Dictionary<FrameSlot, int> index)
    {
        List<(int From, int To)> copies = [];
        Span<int> definitions = stackalloc int[Operands.Maximum];
        foreach (MachineBlock block in function.Blocks)
        {
            Dictionary<int, int> held = [];
            foreach (MachineInstruction instruction in block.Instructions)
            {
                if (instruction is { Slot: { IsSpill: true } to, Class: OpcodeClass.StoreIndirect } && held.TryGetValue(instruction.Source, out int from))
                {
                    copies.Add((from, index[to]));
                    copies.Add((index[to], from));
                }
                int count = Operands.Definitions(instruction, definitions);
                for (int i = 0; i < count; i++) held.Remove(definitions[i]);
                if (instruction is { Slot: { IsSpill: true } slot, Class: OpcodeClass.LoadIndirect }) held[instruction.Destination] = index[slot];
            }
        }
        return copies.ToLookup(static c => c.From, static c => c.To);
    }

    private static HashSet<int>[] Interference(MachineFunction function, Dictionary<FrameSlot, int> index)
    {
        HashSet<int>[] neighbours = new HashSet<int>[index.Count];
        for (int i = 0; i < neighbours.Length; i++) neighbours[i] = [];
        Dictionary<MachineBlock, HashSet<FrameSlot>> liveIn = LiveAtStart(function);
        foreach (MachineBlock block in function.Blocks)
        {
            Walk(block, liveIn, (stored, live) =>
            {
                foreach (int other in live.Select(s => index[s]))
                {
                    neighbours[index[stored]].Add(other);
                    neighbours[other].Add(index[stored]);
                }
            });
        }
        return neighbours;
    }

    /// <summary>The spill slots that are read later, at the start of each block.</summary>
    internal static Dictionary<MachineBlock, HashSet<FrameSlot>> LiveAtStart(MachineFunction function)
    {
        Dictionary<MachineBlock, HashSet<FrameSlot>> liveIn = function.Blocks.ToDictionary(static b => b, static _ => new HashSet<FrameSlot>());
        bool changed = true;
        while (changed)
        {
            changed = false;
            for (int b = function.Blocks.Count - 1; b >= 0; b--)
            {
                HashSet<FrameSlot> live = Walk(function.Blocks[b], liveIn, null);
                if (live.Count == liveIn[function.Blocks[b]].Count) continue;
                liveIn[function.Blocks[b]] = live;
                changed = true;
            }
        }
        return liveIn;
    }

    private static HashSet<FrameSlot> Walk(MachineBlock block, Dictionary<MachineBlock, HashSet<FrameSlot>> liveIn, Action<FrameSlot, HashSet<FrameSlot>>? stored)
    {
        HashSet<FrameSlot> live = [.. block.Successors.SelectMany(s => liveIn[s])];
        for (int i = block.Instructions.Count - 1; i >= 0; i--)
        {
            if (block.Instructions[i].Slot is not { IsSpill: true } slot) continue;
            if (block.Instructions[i].Class != OpcodeClass.StoreIndirect)
            {
                live.Add(slot);
                continue;
            }
            live.Remove(slot);
            stored?.Invoke(slot, live);
        }
        return live;
    }
}
