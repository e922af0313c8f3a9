using BpfSharp.Objects.Instructions;

namespace BpfSharp.Compiler.Target;

/// <summary>
/// Jumps of more than 16 bits: instruction set v4 has an unconditional one (<c>gotol</c>), to which a conditional jump goes. Before, a function with such a
/// distance is too large, and the encoder says so.
/// </summary>
internal static class FarJumps
{
    /// <summary>Runs on a function in final order.</summary>
    public static void Run(MachineFunction function)
    {
        bool changed = true;
        while (changed)
        {
            changed = false;
            Dictionary<MachineBlock, int> starts = Starts(function, out int length);
            if (length <= short.MaxValue) return;
            for (int b = function.Blocks.Count - 1; b >= 0; b--)
            {
                int end = b + 1 < function.Blocks.Count ? starts[function.Blocks[b + 1]] : length;
                changed |= Widen(function, b, starts, end);
            }
        }
    }

    private static bool Widen(MachineFunction function, int index, Dictionary<MachineBlock, int> starts, int end)
    {
        List<MachineInstruction> instructions = function.Blocks[index].Instructions;
        bool changed = false;
        for (int place = instructions.Count - 1; place >= 0 && instructions[place].Target is not null; place--)
        {
            MachineInstruction jump = instructions[place];
            int distance = starts[jump.Target!] - (end - (instructions.Count - place)) - 1;
            if (jump.Code == Opcode.GotoLong || distance is >= short.MinValue and <= short.MaxValue) continue;
            changed = true;
            if (jump.IsJump)
            {
                jump.Code = Opcode.GotoLong;
                continue;
            }
            // if c goto far: if c goto island, goto next; island: gotol far; next:
            MachineBlock island = new(function.Blocks.Count);
            island.Instructions.Add(new MachineInstruction { Code = Opcode.GotoLong, Target = jump.Target, DebugId = jump.DebugId });
            if (place == instructions.Count - 1)
                instructions.Add(new MachineInstruction { Code = Opcode.Goto, Target = function.Blocks[index + 1], DebugId = jump.DebugId });
            jump.Target = island;
            function.Blocks.Insert(index + 1, island);
            // What follows has moved; the next round sees the rest.
            return true;
        }
        return changed;
    }

    private static Dictionary<MachineBlock, int> Starts(MachineFunction function, out int length)
    {
        Dictionary<MachineBlock, int> starts = [];
        length = 0;
        foreach (MachineBlock block in function.Blocks)
        {
            starts[block] = length;
            foreach (MachineInstruction instruction in block.Instructions) length += instruction.Length;
        }
        return starts;
    }
}
