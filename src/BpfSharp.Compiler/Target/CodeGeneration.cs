using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Target;

/// <summary>From a legalised function to instructions in registers and final order.</summary>
internal static class CodeGeneration
{
    /// <summary>Generates code for <paramref name="function"/>.</summary>
    public static MachineFunction Run(Function function, int instructionSet)
    {
        CompareValues.Run(function);
        SinkPhiArguments.Run(function);
        MachineFunction machine = Selection.Run(function, instructionSet);
        MachineLoops.Run(machine);
        RegisterAllocation.Run(machine);
        SlotSharing.Run(machine);
        SpillCleanup.Run(machine);
        ConstantReuse.Run(machine);
        Layout.SkipEmptyBlocks(machine);
        TailMerging.Run(machine);
        Layout.SkipEmptyBlocks(machine);
        Layout.Run(machine);
        if (instructionSet >= 4) FarJumps.Run(machine);
        Frame.Place(machine);
        return machine;
    }
}
