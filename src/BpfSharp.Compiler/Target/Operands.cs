using BpfSharp.Objects.Instructions;

namespace BpfSharp.Compiler.Target;

/// <summary>Which registers an instruction reads and writes, r10 left out.</summary>
internal static class Operands
{
    /// <summary>Room enough for the registers of any instruction.</summary>
    public const int Maximum = 8;

    /// <summary>Writes the registers that <paramref name="instruction"/> reads to <paramref name="registers"/>; returns how many.</summary>
    public static int Uses(MachineInstruction instruction, Span<int> registers)
    {
        int count = 0;
        switch (instruction.Class)
        {
            case OpcodeClass.LoadIndirect:
                Add(registers, ref count, instruction.Source);
                break;
            case OpcodeClass.Store:
                Add(registers, ref count, instruction.Destination);
                break;
            case OpcodeClass.StoreIndirect:
                Add(registers, ref count, instruction.Destination);
                Add(registers, ref count, instruction.Source);
                if (IsCompareExchange(instruction)) Add(registers, ref count, 0);
                break;
            case OpcodeClass.Alu32 or OpcodeClass.Alu64:
                if (instruction.Operation is AluOperation.Negate or AluOperation.End)
                {
                    Add(registers, ref count, instruction.Destination);
                    break;
                }
                if (instruction.Operation != AluOperation.Move) Add(registers, ref count, instruction.Destination);
                if (instruction.HasSourceOperand) Add(registers, ref count, instruction.Source);
                break;
            case OpcodeClass.Jump or OpcodeClass.Jump32:
                if (instruction.IsCall)
                {
                    for (int i = 1; i <= instruction.CallArguments; i++) Add(registers, ref count, i);
                }
                else if (instruction.Code == Opcode.Exit)
                {
                    Add(registers, ref count, 0);
                }
                else if (instruction.IsConditionalJump)
                {
                    Add(registers, ref count, instruction.Destination);
                    if (instruction.HasSourceOperand) Add(registers, ref count, instruction.Source);
                }
                break;
        }
        return count;
    }

    /// <summary>Writes the registers that <paramref name="instruction"/> writes (of calls: all that they clobber); returns how many.</summary>
    public static int Definitions(MachineInstruction instruction, Span<int> registers)
    {
        int count = 0;
        switch (instruction.Class)
        {
            case OpcodeClass.Load or OpcodeClass.LoadIndirect or OpcodeClass.Alu32 or OpcodeClass.Alu64:
                Add(registers, ref count, instruction.Destination);
                break;
            case OpcodeClass.StoreIndirect when IsCompareExchange(instruction):
                Add(registers, ref count, 0);
                break;
            case OpcodeClass.StoreIndirect when instruction.IsAtomic && (instruction.Immediate & AtomicOperation.Fetch) != 0:
                Add(registers, ref count, instruction.Source);
                break;
            case OpcodeClass.Jump when instruction.IsCall:
                for (int i = 0; i < Register.FirstPreserved; i++) registers[count++] = i;
                break;
        }
        return count;
    }

    /// <summary>Replaces a register wherever <paramref name="instruction"/> names it.</summary>
    public static void Rename(MachineInstruction instruction, int from, int to)
    {
        if (instruction.Destination == from) instruction.Destination = to;
        if (instruction.Source == from) instruction.Source = to;
    }

    private static bool IsCompareExchange(MachineInstruction instruction) =>
        instruction.IsAtomic && instruction.Immediate == AtomicOperation.CompareExchange;

    private static void Add(Span<int> registers, ref int count, int register)
    {
        if (register is >= 0 and not Register.Frame) registers[count++] = register;
    }
}
