using BpfSharp.Objects.Instructions;

namespace BpfSharp.Compiler.Target;

/// <summary>
/// Moves registers to the stack. A register whose one definition is a constant or an address is made again at each use instead. The
/// first time, one reload serves all uses up to the next call or the block's end, and those at the start of a block that only this one leads to; if that piece is spilled again, each use gets its own.
/// Slots are 8 bytes and aligned, the only form in which the verifier keeps a pointer or a range on the stack.
/// </summary>
internal static class Spilling
{
    /// <summary>So many instructions into a block a register is kept that the block before had loaded.</summary>
    private const int Soon = 8;

    /// <summary>Rewrites <paramref name="function"/> so that <paramref name="spilled"/> live in memory.</summary>
    /// <param name="function">The function.</param>
    /// <param name="spilled">What to spill.</param>
    /// <param name="temporaries">Registers too short to spill; new ones are added.</param>
    /// <param name="segments">Registers that serve several uses; they are split into single uses when they are spilled themselves.</param>
    public static void Run(MachineFunction function, List<int> spilled, HashSet<int> temporaries, HashSet<int> segments)
    {
        Dictionary<int, MachineInstruction[]?> recipes = [];
        Dictionary<int, FrameSlot> slots = [];
        List<MachineInstruction>?[] made = Definitions(function, spilled);
        foreach (int register in spilled)
        {
            MachineInstruction[]? recipe = Recipe(made[register]!);
            recipes[register] = recipe;
            if (recipe is null)
            {
                FrameSlot slot = new(8, 8, "", isSpill: true);
                function.Slots.Add(slot);
                slots[register] = slot;
            }
        }
        Span<int> uses = stackalloc int[Operands.Maximum], definitions = stackalloc int[Operands.Maximum];
        Dictionary<int, int> current = [];
        Dictionary<FrameSlot, MachineInstruction> unread = [];
        Dictionary<MachineBlock, MachineBlock?> only = OnlyPredecessors(function);
        Dictionary<MachineBlock, List<(int, int)>> atEnd = [];
        foreach (MachineBlock block in function.Blocks)
        {
            List<MachineInstruction> rewritten = new(block.Instructions.Count + 8);
            current.Clear();
            unread.Clear();
            if (only.TryGetValue(block, out MachineBlock? before) && before is not null && atEnd.TryGetValue(before, out List<(int, int)>? held))
            {
                foreach ((int register, int temporary) in held)
                {
                    if (IsReadSoon(block, register)) current[register] = temporary;
                }
            }
            foreach (MachineInstruction instruction in block.Instructions)
            {
                int useCount = Operands.Uses(instruction, uses), definitionCount = Operands.Definitions(instruction, definitions);
                bool dropped = false;
                for (int d = 0; d < definitionCount; d++)
                {
                    if (recipes.TryGetValue(definitions[d], out MachineInstruction[]? recipe) && recipe is not null) dropped = true;
                }
                if (dropped) continue;
                for (int u = 0; u < useCount; u++)
                {
                    int register = uses[u];
                    if (!recipes.TryGetValue(register, out MachineInstruction[]? recipe)) continue;
                    bool isSegment = !segments.Contains(register) && recipe is null;
                    if (!current.TryGetValue(register, out int temporary))
                    {
                        temporary = function.NewRegister();
                        if (recipe is null) unread.Remove(slots[register]);
                        rewritten.AddRange(recipe is null ? [Reload(slots[register], temporary, instruction.DebugId)] : Remake(recipe, register, temporary, instruction.DebugId));
                        (isSegment ? segments : temporaries).Add(temporary);
                        current[register] = temporary;
                    }
                    Operands.Rename(instruction, register, temporary);
                }
                rewritten.Add(instruction);
                for (int d = 0; d < definitionCount; d++)
                {
                    int register = definitions[d];
                    if (!slots.TryGetValue(register, out FrameSlot? slot)) continue;
                    if (!current.TryGetValue(register, out int temporary))
                    {
                        temporary = function.NewRegister();
                        (segments.Contains(register) ? temporaries : segments).Add(temporary);
                        current[register] = temporary;
                    }
                    Operands.Rename(instruction, register, temporary);
                    // A chain of two-address operations stores each step; only the last is read.
                    if (unread.TryGetValue(slot, out MachineInstruction? earlier)) rewritten.RemoveAt(rewritten.LastIndexOf(earlier));
                    MachineInstruction store = Store(slot, temporary, instruction.DebugId);
                    rewritten.Add(store);
                    unread[slot] = store;
                }
                if (instruction.IsCall) current.Clear();
                for (int i = 0; i < useCount + definitionCount; i++)
                {
                    int register = i < useCount ? uses[i] : definitions[i - useCount];
                    if (recipes.TryGetValue(register, out MachineInstruction[]? recipe) && (segments.Contains(register) || recipe is not null)) current.Remove(register);
                }
            }
            block.Instructions = rewritten;
            if (current.Count > 0) atEnd[block] = [.. current.OrderBy(static c => c.Key).Select(static c => (c.Key, c.Value))];
        }
    }

    /// <summary>The one predecessor of each block that has one; null for those that have several.</summary>
    private static Dictionary<MachineBlock, MachineBlock?> OnlyPredecessors(MachineFunction function)
    {
        Dictionary<MachineBlock, MachineBlock?> only = [];
        foreach (MachineBlock block in function.Blocks)
        {
            foreach (MachineBlock successor in block.Successors) only[successor] = only.ContainsKey(successor) ? null : block;
        }
        return only;
    }

    /// <summary>
    /// Whether a block reads a register before anything is called, so that it is worth keeping from the block before: what a look-up gave, behind its
    /// check.
    /// </summary>
    private static bool IsReadSoon(MachineBlock block, int register)
    {
        Span<int> registers = stackalloc int[Operands.Maximum];
        for (int i = 0; i < block.Instructions.Count && i < Soon; i++)
        {
            int count = Operands.Uses(block.Instructions[i], registers);
            if (registers.Slice(0, count).IndexOf(register) >= 0) return true;
            if (block.Instructions[i].IsCall) return false;
            count = Operands.Definitions(block.Instructions[i], registers);
            if (registers.Slice(0, count).IndexOf(register) >= 0) return false;
        }
        return false;
    }

    /// <summary>The first definitions of each register that is spilled; of more than three it does not matter.</summary>
    private static List<MachineInstruction>?[] Definitions(MachineFunction function, List<int> spilled)
    {
        List<MachineInstruction>?[] found = new List<MachineInstruction>?[function.RegisterCount];
        foreach (int register in spilled) found[register] = [];
        Span<int> definitions = stackalloc int[Operands.Maximum];
        foreach (MachineBlock block in function.Blocks)
        {
            foreach (MachineInstruction instruction in block.Instructions)
            {
                int count = Operands.Definitions(instruction, definitions);
                for (int d = 0; d < count; d++)
                {
                    if (found[definitions[d]] is { Count: < 3 } list) list.Add(instruction);
                }
            }
        }
        return found;
    }

    /// <summary>The instructions that make a register's one value anew, null if it has several or they read registers.</summary>
    private static MachineInstruction[]? Recipe(List<MachineInstruction> found)
    {
        if (found.Count == 1 && found[0].IsRematerialisable) return [found[0]];
        if (found.Count == 2 && found[0].IsMove && found[0].Source == Register.Frame && found[1].Slot is not null && found[1].IsAlu) return [found[0], found[1]];
        return null;
    }

    private static IEnumerable<MachineInstruction> Remake(MachineInstruction[] recipe, int register, int temporary, int debugId)
    {
        foreach (MachineInstruction instruction in recipe)
        {
            MachineInstruction copy = instruction.Clone();
            Operands.Rename(copy, register, temporary);
            copy.DebugId = debugId;
            yield return copy;
        }
    }

    private static MachineInstruction Reload(FrameSlot slot, int register, int debugId) => new()
    {
        Code = OpcodeClass.LoadIndirect | MemoryMode.Memory | MemorySize.DoubleWord,
        Destination = register,
        Source = Register.Frame,
        Slot = slot,
        DebugId = debugId,
    };

    private static MachineInstruction Store(FrameSlot slot, int register, int debugId) => new()
    {
        Code = OpcodeClass.StoreIndirect | MemoryMode.Memory | MemorySize.DoubleWord,
        Destination = Register.Frame,
        Source = register,
        Slot = slot,
        DebugId = debugId,
    };
}
