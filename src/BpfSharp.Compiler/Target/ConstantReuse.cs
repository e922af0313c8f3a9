using BpfSharp.Objects.Instructions;

namespace BpfSharp.Compiler.Target;

/// <summary>
/// Drops moves of a constant to a register that holds it already, as after <c>if r0 == 0</c>. Where only some of the ways to a block
/// bring the constant along, those enter the block behind the move. The verifier has to know the constant too.
/// </summary>
internal static class ConstantReuse
{
    /// <summary>Runs on <paramref name="function"/> after register allocation, before layout.</summary>
    public static void Run(MachineFunction function)
    {
        Dictionary<MachineBlock, long?[]> entry = Solve(function);
        foreach (MachineBlock block in function.Blocks)
        {
            long?[] known = (long?[])entry[block].Clone();
            List<MachineInstruction> kept = new(block.Instructions.Count);
            foreach (MachineInstruction instruction in block.Instructions)
            {
                if (Constant(instruction) is long constant && known[instruction.Destination] == constant) continue;
                kept.Add(instruction);
                Step(instruction, known);
            }
            block.Instructions = kept;
        }
        EnterBehindMoves(function, entry);
    }

    private static void EnterBehindMoves(MachineFunction function, Dictionary<MachineBlock, long?[]> entry)
    {
        Dictionary<MachineBlock, MachineBlock> tails = [];
        foreach (MachineBlock block in function.Blocks.ToList())
        {
            for (int i = 0; i < block.Successors.Count; i++)
            {
                MachineBlock successor = block.Successors[i];
                if (tails.ContainsValue(successor) || successor.Instructions.Count == 0 || successor == block) continue;
                MachineInstruction first = successor.Instructions[0];
                MachineBlock rest = tails.TryGetValue(successor, out MachineBlock? known) ? known : successor;
                if (rest != successor) first = successor.Instructions[0];
                if (Constant(first) is not long constant || AtEdge(block, entry[block], i)[first.Destination] != constant) continue;
                if (rest == successor)
                {
                    rest = new MachineBlock(function.Blocks.Count) { LoopDepth = successor.LoopDepth, IsCold = successor.IsCold };
                    rest.Instructions.AddRange(successor.Instructions.Skip(1));
                    rest.Successors.AddRange(successor.Successors);
                    successor.Instructions = [first];
                    successor.Successors.Clear();
                    successor.Successors.Add(rest);
                    function.Blocks.Add(rest);
                    entry[rest] = new long?[Register.Allocatable + 1];
                    tails[successor] = rest;
                }
                if (block.Successors.Contains(rest)) continue;
                block.Successors[i] = rest;
                if (i == 0 && block.Instructions.Count > 0 && block.Instructions[block.Instructions.Count - 1] is { IsConditionalJump: true } jump) jump.Target = rest;
            }
        }
    }

    /// <summary>The constants that registers hold at the start of each block, whichever way it is entered.</summary>
    private static Dictionary<MachineBlock, long?[]> Solve(MachineFunction function)
    {
        Dictionary<MachineBlock, long?[]> entry = [];
        Queue<MachineBlock> work = new();
        entry[function.Blocks[0]] = new long?[Register.Allocatable + 1];
        work.Enqueue(function.Blocks[0]);
        while (work.Count > 0)
        {
            MachineBlock block = work.Dequeue();
            for (int i = 0; i < block.Successors.Count; i++)
            {
                MachineBlock successor = block.Successors[i];
                long?[] arriving = AtEdge(block, entry[block], i);
                if (!entry.TryGetValue(successor, out long?[]? known))
                {
                    entry[successor] = arriving;
                    work.Enqueue(successor);
                    continue;
                }
                bool changed = false;
                for (int r = 0; r < known.Length; r++)
                {
                    if (known[r] is null || known[r] == arriving[r]) continue;
                    known[r] = null;
                    changed = true;
                }
                if (changed) work.Enqueue(successor);
            }
        }
        return entry;
    }

    private static long?[] AtEdge(MachineBlock block, long?[] entry, int edge)
    {
        long?[] known = (long?[])entry.Clone();
        foreach (MachineInstruction instruction in block.Instructions) Step(instruction, known);
        if (block.Instructions.Count == 0) return known;
        MachineInstruction last = block.Instructions[block.Instructions.Count - 1];
        if (!last.IsConditionalJump || last.Class != OpcodeClass.Jump || last.HasSourceOperand || last.KeepsPointer) return known;
        int equalEdge = last.Operation == JumpOperation.Equal ? 0 : last.Operation == JumpOperation.NotEqual ? 1 : -1;
        if (edge == equalEdge && last.Destination < known.Length) known[last.Destination] = last.Immediate;
        return known;
    }

    private static void Step(MachineInstruction instruction, long?[] known)
    {
        Span<int> registers = stackalloc int[Operands.Maximum];
        int count = Operands.Definitions(instruction, registers);
        for (int i = 0; i < count; i++) known[registers[i]] = null;
        if (Constant(instruction) is long constant) known[instruction.Destination] = constant;
    }

    private static long? Constant(MachineInstruction instruction)
    {
        if (!instruction.IsAlu || instruction.Operation != AluOperation.Move || instruction.HasSourceOperand || instruction.Core is not null) return null;
        return instruction.Class == OpcodeClass.Alu32 ? (uint)(int)instruction.Immediate : (int)instruction.Immediate;
    }
}
