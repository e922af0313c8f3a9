using BpfSharp.Objects.Instructions;

namespace BpfSharp.Compiler.Target;

/// <summary>
/// Gives every virtual register one of r0 to r9 or a stack slot. At most four values live across a call stay in registers, because a call
/// overwrites r0 to r5; the colouring sees that as interference.
/// </summary>
internal static class RegisterAllocation
{
    private const int MaximumRounds = 64;

    /// <summary>Allocates registers in <paramref name="function"/>.</summary>
    public static void Run(MachineFunction function)
    {
        HashSet<int> temporaries = [];
        HashSet<int> segments = [];
        for (int round = 0; ; round++)
        {
            if (round == MaximumRounds) throw new InvalidOperationException($"{function.Source.Name}: register allocation does not end.");
            MachineLiveness liveness = MachineLiveness.Compute(function);
            InterferenceGraph graph = InterferenceGraph.Build(function, liveness);
            Coloring coloring = Coloring.Run(graph, function.RegisterCount, temporaries.Contains);
            if (coloring.Spilled.Count == 0)
            {
                Rename(function, coloring.Colors);
                return;
            }
            Spilling.Run(function, coloring.Spilled, temporaries, segments);
        }
    }

    private static void Rename(MachineFunction function, int[] colors)
    {
        foreach (MachineBlock block in function.Blocks)
        {
            foreach (MachineInstruction instruction in block.Instructions)
            {
                if (instruction.Destination >= Register.FirstVirtual) instruction.Destination = colors[instruction.Destination];
                if (instruction.Source >= Register.FirstVirtual && !instruction.IsCall) instruction.Source = colors[instruction.Source];
            }
            block.Instructions.RemoveAll(static i => i.IsMove && i.Destination == i.Source);
        }
    }
}
