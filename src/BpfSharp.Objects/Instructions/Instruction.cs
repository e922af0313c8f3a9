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

    /// <summary>The source register, 0 to 10, or a <c>BPF_PSEUDO_*</c> marker.</summary>
    public int Source => Registers >> 4;

    /// <summary>The instruction class, <c>code &amp; 7</c>.</summary>
    public int Class => Code & 7;

    /// <summary>Makes an instruction from its fields.</summary>
    public static Instruction Create(int code, int destination, int source, int offset, int immediate) =>
        new(checked((byte)code), (byte)(destination | (source << 4)), checked((short)offset), immediate);
}
