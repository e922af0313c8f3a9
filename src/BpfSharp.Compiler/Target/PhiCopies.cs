using BpfSharp.Compiler.IR;
using BpfSharp.Objects.Instructions;

namespace BpfSharp.Compiler.Target;

/// <summary>What a phi takes over an edge: a register, or instructions that make a constant in the phi's register.</summary>
internal readonly record struct EdgeOperand(int Register, Func<int, List<MachineInstruction>>? Make);

/// <summary>
/// Replaces phis by copies at the ends of the edges. An edge from a block with several successors to one with several predecessors
/// gets a block of its own, unless its copies are constants that can be made before the branch without harm.
/// </summary>
internal static class PhiCopies
{
    /// <summary>Inserts the copies of all phis of <paramref name="function"/> into <paramref name="machine"/>.</summary>
    public static void Insert(Function function, MachineFunction machine, Dictionary<Block, MachineBlock> blocks, Func<Value, EdgeOperand> source, Func<Value, int> target)
    {
        List<(MachineBlock From, MachineBlock Edge, MachineBlock To)> constantEdges = [];
        foreach (Block block in function.Blocks)
        {
            List<Value> phis = [.. block.Phis];
            if (phis.Count == 0) continue;
            for (int p = 0; p < block.Predecessors.Count; p++)
            {
                MachineBlock from = blocks[block.Predecessors[p]], to = blocks[block];
                bool isCritical = from.Successors.Count > 1;
                MachineBlock place = isCritical ? SplitEdge(machine, from, to) : from;
                List<(int To, EdgeOperand From)> copies = [];
                foreach (Value phi in phis)
                {
                    if (phi.Arguments[p] != phi) copies.Add((target(phi), source(phi.Arguments[p])));
                }
                place.Instructions.AddRange(Sequence(machine, copies));
                if (isCritical && copies.Count > 0 && copies.TrueForAll(static c => c.From.Make is not null)) constantEdges.Add((from, place, to));
            }
        }
        if (constantEdges.Count == 0) return;
        MachineLiveness liveness = MachineLiveness.Compute(machine);
        foreach ((MachineBlock from, MachineBlock edge, MachineBlock to) in constantEdges) HoistConstants(liveness, from, edge, to);
    }

    private static MachineBlock SplitEdge(MachineFunction machine, MachineBlock from, MachineBlock to)
    {
        MachineBlock edge = new(machine.Blocks.Count);
        machine.Blocks.Add(edge);
        edge.Successors.Add(to);
        int index = from.Successors.IndexOf(to);
        from.Successors[index] = edge;
        if (index == 0) from.Instructions[from.Instructions.Count - 1].Target = edge;
        return edge;
    }

    /// <summary>Makes the edge's constants before the branch, if no other path needs what those registers held.</summary>
    private static void HoistConstants(MachineLiveness liveness, MachineBlock from, MachineBlock edge, MachineBlock to)
    {
        MachineInstruction jump = from.Instructions[from.Instructions.Count - 1];
        foreach (MachineInstruction copy in edge.Instructions)
        {
            int register = copy.Destination;
            if (jump.Destination == register || jump.Source == register) return;
            if (copy.IsAlu && copy.HasSourceOperand && copy.Source != Register.Frame) return;
            foreach (MachineBlock other in from.Successors)
            {
                if (other != edge && liveness.IsLiveIn(other, register)) return;
            }
        }
        // Where the jump compares a register with the same constant there is nothing to gain; the copies are few.
        from.Instructions.InsertRange(from.Instructions.Count - 1, edge.Instructions);
        edge.Instructions.Clear();
        int index = from.Successors.IndexOf(edge);
        if (from.Successors.Contains(to)) return;
        from.Successors[index] = to;
        if (index == 0) jump.Target = to;
    }

    /// <summary>The copies, which happen at once, one after the other.</summary>
    private static List<MachineInstruction> Sequence(MachineFunction machine, List<(int To, EdgeOperand From)> copies)
    {
        List<MachineInstruction> result = [];
        List<(int To, int From)> moves = [.. copies.Where(static c => c.From.Make is null && c.To != c.From.Register).Select(static c => (c.To, c.From.Register))];
        while (moves.Count > 0)
        {
            int ready = moves.FindIndex(m => !moves.Exists(other => other.From == m.To && other != m));
            if (ready < 0)
            {
                // A cycle: one value steps aside.
                int aside = machine.NewRegister();
                result.Add(Move(aside, moves[0].From));
                moves[0] = (moves[0].To, aside);
                continue;
            }
            result.Add(Move(moves[ready].To, moves[ready].From));
            moves.RemoveAt(ready);
        }
        // Constants read nothing, so they come last.
        foreach ((int to, EdgeOperand from) in copies)
        {
            if (from.Make is not null) result.AddRange(from.Make(to));
        }
        return result;
    }

    private static MachineInstruction Move(int to, int from) =>
        new() { Code = OpcodeClass.Alu64 | AluOperation.Move | OperandSource.Register, Destination = to, Source = from };
}
