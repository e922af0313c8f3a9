using BpfSharp.Objects.Instructions;

namespace BpfSharp.Compiler.Target;

/// <summary>What is left over where registers were moved to the stack: copies of a slot to itself, reloads of what a register still holds, and stores that nothing reads.</summary>
internal static class SpillCleanup
{
    /// <summary>What one round drops lets the next drop more; a chain is seldom longer.</summary>
    private const int MostRounds = 8;

    /// <summary>Runs it.</summary>
    public static void Run(MachineFunction function)
    {
        if (!function.Blocks.Exists(static b => b.Instructions.Exists(static i => i.Slot is { IsSpill: true }))) return;
        for (int round = 0; round < MostRounds; round++)
        {
            int before = function.Blocks.Sum(static b => b.Instructions.Count);
            foreach (MachineBlock block in function.Blocks) DropCopies(block);
            DropUnread(function);
            if (function.Blocks.Sum(static b => b.Instructions.Count) == before) return;
        }
    }

    private static bool IsStore(MachineInstruction instruction) => instruction is { Slot.IsSpill: true, Class: OpcodeClass.StoreIndirect };

    private static bool IsReload(MachineInstruction instruction) => instruction is { Slot.IsSpill: true, Class: OpcodeClass.LoadIndirect };

    /// <summary>Within a block alone: of what a branch has compared, the verifier may know more in the register than in the slot.</summary>
    private static void DropCopies(MachineBlock block)
    {
        FrameSlot?[] held = new FrameSlot?[Register.FirstVirtual];
        int[] definitions = new int[Operands.Maximum];
        block.Instructions.RemoveAll(instruction =>
        {
            int register = IsStore(instruction) ? instruction.Source : instruction.Destination;
            if (IsStore(instruction) || IsReload(instruction))
            {
                if (held[register] == instruction.Slot) return true;
                if (IsStore(instruction))
                {
                    for (int i = 0; i < held.Length; i++)
                    {
                        if (held[i] == instruction.Slot) held[i] = null;
                    }
                }
                held[register] = instruction.Slot;
                return false;
            }
            int count = Operands.Definitions(instruction, definitions);
            for (int i = 0; i < count; i++) held[definitions[i]] = null;
            return false;
        });
    }

    private static void DropUnread(MachineFunction function)
    {
        MachineLiveness registers = MachineLiveness.Compute(function);
        Dictionary<MachineBlock, HashSet<FrameSlot>> slots = SlotSharing.LiveAtStart(function);
        int[] operands = new int[Operands.Maximum];
        foreach (MachineBlock block in function.Blocks)
        {
            HashSet<int> live = [.. registers.LiveOut(block)];
            HashSet<FrameSlot> liveSlots = [.. block.Successors.SelectMany(s => slots[s])];
            for (int i = block.Instructions.Count - 1; i >= 0; i--)
            {
                MachineInstruction instruction = block.Instructions[i];
                if ((IsStore(instruction) && !liveSlots.Remove(instruction.Slot!)) || (IsReload(instruction) && !live.Contains(instruction.Destination)))
                {
                    block.Instructions.RemoveAt(i);
                    continue;
                }
                if (IsReload(instruction)) liveSlots.Add(instruction.Slot!);
                int count = Operands.Definitions(instruction, operands);
                for (int k = 0; k < count; k++) live.Remove(operands[k]);
                count = Operands.Uses(instruction, operands);
                for (int k = 0; k < count; k++) live.Add(operands[k]);
            }
        }
    }
}
