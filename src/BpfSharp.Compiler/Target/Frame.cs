namespace BpfSharp.Compiler.Target;

/// <summary>Places the frame's slots below r10.</summary>
internal static class Frame
{
    /// <summary>Bytes of stack that a program and the functions it calls have together (<c>MAX_BPF_STACK</c>).</summary>
    public const int Limit = 512;

    /// <summary>Gives each slot that is used its offset.</summary>
    public static void Place(MachineFunction function)
    {
        HashSet<FrameSlot> used = [];
        foreach (MachineInstruction instruction in function.Blocks.SelectMany(static b => b.Instructions))
        {
            if (instruction.Slot is not null) used.Add(instruction.Slot);
        }
        int offset = 0;
        foreach (FrameSlot slot in function.Slots.Where(used.Contains).OrderByDescending(static s => s.Alignment).ThenByDescending(static s => s.Size))
        {
            offset += slot.Size;
            offset = (offset + slot.Alignment - 1) & -slot.Alignment;
            slot.Offset = -offset;
        }
        function.StackSize = (offset + 7) & -8;
    }
}
