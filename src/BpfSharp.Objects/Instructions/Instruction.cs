using System.Runtime.InteropServices;

namespace BpfSharp.Objects.Instructions;

/// <summary>One eBPF instruction, laid out as the kernel's <c>struct bpf_insn</c> (8 bytes, little-endian).</summary>
/// <param name="Code">The opcode: class, operation or size, and source or mode.</param>
/// <param name="Registers">The destination register in the low four bits, the source register in the high four.</param>
/// <param name="Offset">The signed 16-bit offset.</param>
/// <param name="Immediate">The signed 32-bit immediate.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public readonly record struct Instruction(byte Code, byte Registers, short Offset, int Immediate)
{
    /// <summary>Bytes of an instruction.</summary>
    public const int Size = 8;

    /// <summary>The destination register, 0 to 10.</summary>
    public int Destination => Registers & 0xf;

    /// <summary>The source register, 0 to 10, or a <c>BPF_PSEUDO_*</c> marker (<see cref="PseudoSource"/>).</summary>
    public int Source => Registers >> 4;

    /// <summary>The instruction class, <c>code &amp; 7</c> (<see cref="OpcodeClass"/>).</summary>
    public int Class => Code & 7;

    /// <summary>The high four bits: the operation of ALU and jump classes (<see cref="AluOperation"/>, <see cref="JumpOperation"/>).</summary>
    public int Operation => Code & 0xf0;

    /// <summary>Whether this is the first half of a 64-bit immediate load; the second half follows it.</summary>
    public bool IsLoadImmediate64 => Code == Opcode.LoadImmediate64;

    /// <summary>Whether this calls a helper, a subprogram or a kernel function by its immediate.</summary>
    public bool IsCall => Code == Opcode.Call;

    /// <summary>Whether this is arithmetic of either width.</summary>
    public bool IsAlu => Class is OpcodeClass.Alu32 or OpcodeClass.Alu64;

    /// <summary>Whether this is of a jump class: a jump, a call or an exit.</summary>
    public bool IsJumpClass => Class is OpcodeClass.Jump or OpcodeClass.Jump32;

    /// <summary>Makes an instruction from its fields.</summary>
    /// <exception cref="OverflowException">The opcode does not fit in a byte, or the offset in 16 bits.</exception>
    public static Instruction Create(int code, int destination, int source, int offset, int immediate) =>
        new(checked((byte)code), (byte)(destination | (source << 4)), checked((short)offset), immediate);

    /// <summary>The instruction as text, in llvm-objdump's style.</summary>
    public override string ToString() => Disassembler.Format(this);
}
