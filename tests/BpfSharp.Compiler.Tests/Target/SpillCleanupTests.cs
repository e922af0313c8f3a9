using BpfSharp.Compiler.IR;
using BpfSharp.Compiler.Passes;
using BpfSharp.Compiler.Target;
using BpfSharp.Compiler.Tests.Random;
using BpfSharp.Objects.Instructions;

namespace BpfSharp.Compiler.Tests.Target;

/// <summary>What is not left where registers are moved to the stack. That the rest does what the IR does is <see cref="CodeGenerationTests"/>' to see.</summary>
public sealed class SpillCleanupTests
{
    [Fact]
    public void NoSlotIsCopiedToItselfAndEachIsRead()
    {
        int slots = 0;
        for (int seed = 0; seed < 300; seed++)
        {
            Module module = new RandomFunctions(seed).Make(60);
            PassManager.Run(module, new CompilerOptions());
            foreach (Function function in module.Functions)
            {
                MachineFunction machine = CodeGeneration.Run(function, 3);
                MachineInstruction[] spills = [.. machine.Blocks.SelectMany(static b => b.Instructions).Where(IsSpill)];
                HashSet<FrameSlot?> read = [.. spills.Where(static i => i.Class == OpcodeClass.LoadIndirect).Select(static i => i.Slot)];
                slots += read.Count;
                Assert.All(spills, s => Assert.Contains(s.Slot, read));
                foreach (MachineBlock block in machine.Blocks)
                {
                    foreach ((MachineInstruction first, MachineInstruction second) in block.Instructions.Zip(block.Instructions.Skip(1)))
                    {
                        bool isCopy = IsSpill(first) && IsSpill(second) && first.Slot == second.Slot && Register(first) == Register(second);
                        Assert.False(isCopy, $"seed {seed}: r{Register(first)} is in its slot");
                    }
                }
            }
        }
        Assert.True(slots > 0, "nothing was spilled");
    }

    private static bool IsSpill(MachineInstruction instruction) => instruction.Slot is { IsSpill: true };

    private static int Register(MachineInstruction instruction) => instruction.Class == OpcodeClass.LoadIndirect ? instruction.Destination : instruction.Source;
}
