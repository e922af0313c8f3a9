using BpfSharp.Compiler.IR;
using BpfSharp.Objects;
using BpfSharp.Objects.Instructions;

namespace BpfSharp.Compiler.Target;

/// <summary>
/// An instruction before encoding: registers are r0 to r10 or virtual (from <see cref="Register.FirstVirtual"/> on), frame addresses
/// name a slot, jumps name a block, constants may have 64 bits.
/// </summary>
internal sealed class MachineInstruction
{
    /// <summary>The opcode, as in <see cref="Instruction.Code"/>.</summary>
    public int Code;

    /// <summary>The destination register, -1 if there is none.</summary>
    public int Destination = -1;

    /// <summary>The source register, -1 if there is none.</summary>
    public int Source = -1;

    /// <summary>The offset; of memory accesses in a frame slot, the bytes from the slot's start.</summary>
    public int Offset;

    /// <summary>The immediate; all 64 bits of a 64-bit load.</summary>
    public long Immediate;

    /// <summary>The frame slot that <see cref="Offset"/> (of accesses) or <see cref="Immediate"/> (of additions to r10) is relative to; null if none.</summary>
    public FrameSlot? Slot;

    /// <summary>What the address of a memory access points into.</summary>
    public Region Region;

    /// <summary>
    /// Whether a comparison is of a pointer that the verifier goes on taking for one where it is equal to null, as it does for packet pointers: no
    /// constant is known there.
    /// </summary>
    public bool KeepsPointer;

    /// <summary>What the immediate refers to, with <see cref="Relocation"/>.</summary>
    public string? Symbol;

    /// <summary>The kind of <see cref="Symbol"/>.</summary>
    public RelocationKind Relocation;

    /// <summary>Where a jump goes.</summary>
    public MachineBlock? Target;

    /// <summary>Registers r1 … that a call reads.</summary>
    public int CallArguments;

    /// <summary>The CO-RE relocation, if there is one.</summary>
    public CoreAccess? Core;

    /// <summary>The place in the C# source.</summary>
    public int DebugId;

    /// <summary>The instruction class.</summary>
    public int Class => Code & 7;

    /// <summary>The operation of ALU and jump classes.</summary>
    public int Operation => Code & 0xf0;

    /// <summary>Whether the second operand is a register.</summary>
    public bool HasSourceOperand => (Code & OperandSource.Register) != 0;

    /// <summary>Whether it is arithmetic.</summary>
    public bool IsAlu => Class is OpcodeClass.Alu32 or OpcodeClass.Alu64;

    /// <summary>Whether it copies all 64 bits of one register to another.</summary>
    public bool IsMove => Code == (OpcodeClass.Alu64 | AluOperation.Move | OperandSource.Register) && Offset == 0;

    /// <summary>Whether it calls something.</summary>
    public bool IsCall => Code == Opcode.Call;

    /// <summary>Whether it is a conditional jump.</summary>
    public bool IsConditionalJump =>
        Class is OpcodeClass.Jump or OpcodeClass.Jump32 && Operation is not (JumpOperation.Always or JumpOperation.Call or JumpOperation.Exit);

    /// <summary>Whether it is an unconditional jump.</summary>
    public bool IsJump => Code == Opcode.Goto;

    /// <summary>Whether it is an atomic operation.</summary>
    public bool IsAtomic => Class == OpcodeClass.StoreIndirect && (Code & 0xe0) == MemoryMode.Atomic;

    /// <summary>Whether it computes a value that costs no more to compute again than to load: a constant, a frame or symbol address.</summary>
    public bool IsRematerialisable =>
        Code == Opcode.LoadImmediate64 || (IsAlu && Operation == AluOperation.Move && !HasSourceOperand && Core is null);

    /// <summary>How many instructions it is encoded as.</summary>
    public int Length => Code == Opcode.LoadImmediate64 ? 2 : 1;

    /// <summary>A copy, for rematerialisation.</summary>
    public MachineInstruction Clone() => (MachineInstruction)MemberwiseClone();
}

/// <summary>A piece of the frame; its place is chosen when all are known.</summary>
internal sealed class FrameSlot(int size, int alignment, string name, bool isSpill = false)
{
    /// <summary>Whether it holds a register that found no room.</summary>
    public bool IsSpill { get; } = isSpill;

    /// <summary>Bytes.</summary>
    public int Size { get; } = size;

    /// <summary>Bytes.</summary>
    public int Alignment { get; } = alignment;

    /// <summary>The C# variable; "" for a spill or a temporary.</summary>
    public string Name { get; } = name;

    /// <summary>The offset from r10, negative; 0 until it is placed.</summary>
    public int Offset { get; set; }
}

/// <summary>The registers.</summary>
internal static class Register
{
    /// <summary>The registers that are allocated: r0 to r9.</summary>
    public const int Allocatable = 10;

    /// <summary>The frame pointer.</summary>
    public const int Frame = 10;

    /// <summary>The first virtual register.</summary>
    public const int FirstVirtual = 11;

    /// <summary>The first register that survives a call.</summary>
    public const int FirstPreserved = 6;
}

/// <summary>A machine basic block.</summary>
internal sealed class MachineBlock(int index)
{
    /// <summary>Its number in the function.</summary>
    public int Index { get; } = index;

    /// <summary>The instructions; a conditional jump and a jump, or an exit, at the end.</summary>
    public List<MachineInstruction> Instructions { get; set; } = [];

    /// <summary>The blocks it goes to: where the conditional jump goes first.</summary>
    public List<MachineBlock> Successors { get; } = [];

    /// <summary>How deeply it is nested in loops.</summary>
    public int LoopDepth { get; set; }

    /// <summary>Whether it only ends the program, in a fault.</summary>
    public bool IsCold { get; set; }

    /// <inheritdoc/>
    public override string ToString() => $"m{Index}";
}

/// <summary>A function in machine instructions.</summary>
internal sealed class MachineFunction(Function source)
{
    /// <summary>The function it is made from.</summary>
    public Function Source { get; } = source;

    /// <summary>The blocks in the order of the code.</summary>
    public List<MachineBlock> Blocks { get; set; } = [];

    /// <summary>The frame.</summary>
    public List<FrameSlot> Slots { get; } = [];

    /// <summary>The number of registers, virtual ones included.</summary>
    public int RegisterCount { get; set; } = Register.FirstVirtual;

    /// <summary>Bytes of stack, once the frame is placed.</summary>
    public int StackSize { get; set; }

    /// <summary>A new virtual register.</summary>
    public int NewRegister() => RegisterCount++;
}
