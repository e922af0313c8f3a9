namespace BpfSharp.Objects.Instructions;

/// <summary>Instruction classes, the low three bits of an opcode (<c>BPF_LD</c> … <c>BPF_ALU64</c>).</summary>
public static class OpcodeClass
{
    /// <summary><c>BPF_LD</c>: 64-bit immediates and the legacy packet loads.</summary>
    public const int Load = 0x00;
    /// <summary><c>BPF_LDX</c>: loads from memory.</summary>
    public const int LoadIndirect = 0x01;
    /// <summary><c>BPF_ST</c>: stores of an immediate.</summary>
    public const int Store = 0x02;
    /// <summary><c>BPF_STX</c>: stores of a register, and atomics.</summary>
    public const int StoreIndirect = 0x03;
    /// <summary><c>BPF_ALU</c>: 32-bit arithmetic; clears the upper half of the destination.</summary>
    public const int Alu32 = 0x04;
    /// <summary><c>BPF_JMP</c>: jumps that compare 64 bits, calls and exit.</summary>
    public const int Jump = 0x05;
    /// <summary><c>BPF_JMP32</c>: jumps that compare 32 bits.</summary>
    public const int Jump32 = 0x06;
    /// <summary><c>BPF_ALU64</c>: 64-bit arithmetic.</summary>
    public const int Alu64 = 0x07;
}

/// <summary>Where an ALU or jump instruction takes its second operand from (<c>BPF_K</c>, <c>BPF_X</c>).</summary>
public static class OperandSource
{
    /// <summary><c>BPF_K</c>: the immediate.</summary>
    public const int Immediate = 0x00;
    /// <summary><c>BPF_X</c>: the source register.</summary>
    public const int Register = 0x08;
}

/// <summary>Widths of a load or store.</summary>
public static class MemorySize
{
    /// <summary><c>BPF_W</c>: 4 bytes.</summary>
    public const int Word = 0x00;
    /// <summary><c>BPF_H</c>: 2 bytes.</summary>
    public const int Half = 0x08;
    /// <summary><c>BPF_B</c>: 1 byte.</summary>
    public const int Byte = 0x10;
    /// <summary><c>BPF_DW</c>: 8 bytes.</summary>
    public const int DoubleWord = 0x18;

    /// <summary>The bytes that an opcode's size bits stand for.</summary>
    /// <param name="code">An opcode of a load, store or atomic.</param>
    public static int Bytes(int code) => (code & 0x18) switch
    {
        Word => 4,
        Half => 2,
        Byte => 1,
        _ => 8,
    };

    /// <summary>The size bits of a width.</summary>
    /// <param name="bytes">1, 2, 4 or 8.</param>
    public static int FromBytes(int bytes) => bytes switch
    {
        1 => Byte,
        2 => Half,
        4 => Word,
        8 => DoubleWord,
        _ => throw new ArgumentOutOfRangeException(nameof(bytes), bytes, "A load or store moves 1, 2, 4 or 8 bytes."),
    };
}

/// <summary>Addressing modes of a load or store.</summary>
public static class MemoryMode
{
    /// <summary><c>BPF_IMM</c>: a 64-bit immediate, in two instructions.</summary>
    public const int Immediate = 0x00;
    /// <summary><c>BPF_ABS</c>: a legacy packet load at a constant offset.</summary>
    public const int Absolute = 0x20;
    /// <summary><c>BPF_IND</c>: a legacy packet load at a register's offset.</summary>
    public const int Indirect = 0x40;
    /// <summary><c>BPF_MEM</c>: plain memory.</summary>
    public const int Memory = 0x60;
    /// <summary><c>BPF_MEMSX</c>: a sign-extending load (instruction set v4, kernel 6.6).</summary>
    public const int MemorySignExtend = 0x80;
    /// <summary><c>BPF_ATOMIC</c>: an atomic operation, which <see cref="AtomicOperation"/> in the immediate chooses.</summary>
    public const int Atomic = 0xc0;
}

/// <summary>Arithmetic operations, the high four bits of an opcode (<c>BPF_ADD</c> …).</summary>
public static class AluOperation
{
    /// <summary><c>BPF_ADD</c>.</summary>
    public const int Add = 0x00;
    /// <summary><c>BPF_SUB</c>.</summary>
    public const int Subtract = 0x10;
    /// <summary><c>BPF_MUL</c>.</summary>
    public const int Multiply = 0x20;
    /// <summary><c>BPF_DIV</c>: unsigned; signed if the offset is 1 (v4, kernel 6.6). Division by zero gives 0.</summary>
    public const int Divide = 0x30;
    /// <summary><c>BPF_OR</c>.</summary>
    public const int Or = 0x40;
    /// <summary><c>BPF_AND</c>.</summary>
    public const int And = 0x50;
    /// <summary><c>BPF_LSH</c>.</summary>
    public const int ShiftLeft = 0x60;
    /// <summary><c>BPF_RSH</c>: fills with zeros.</summary>
    public const int ShiftRight = 0x70;
    /// <summary><c>BPF_NEG</c>.</summary>
    public const int Negate = 0x80;
    /// <summary><c>BPF_MOD</c>: unsigned; signed if the offset is 1 (v4, kernel 6.6). Modulo zero gives the dividend.</summary>
    public const int Modulo = 0x90;
    /// <summary><c>BPF_XOR</c>.</summary>
    public const int Xor = 0xa0;
    /// <summary><c>BPF_MOV</c>: sign-extends if the offset is 8, 16 or 32 (v4, kernel 6.6).</summary>
    public const int Move = 0xb0;
    /// <summary><c>BPF_ARSH</c>: fills with the sign.</summary>
    public const int ShiftRightArithmetic = 0xc0;
    /// <summary><c>BPF_END</c>: byte order; see <see cref="ByteOrder"/>.</summary>
    public const int End = 0xd0;
}

/// <summary>The source bit of <see cref="AluOperation.End"/> in class <see cref="OpcodeClass.Alu32"/>; the immediate is 16, 32 or 64.
/// In class <see cref="OpcodeClass.Alu64"/> the instruction swaps always (<c>bswap</c>; v4, kernel 6.6).</summary>
public static class ByteOrder
{
    /// <summary><c>BPF_TO_LE</c>.</summary>
    public const int ToLittleEndian = 0x00;
    /// <summary><c>BPF_TO_BE</c>.</summary>
    public const int ToBigEndian = 0x08;
}

/// <summary>Jumps and calls, the high four bits of an opcode (<c>BPF_JA</c> …).</summary>
public static class JumpOperation
{
    /// <summary><c>BPF_JA</c>: always; by the offset, or by the immediate in class <see cref="OpcodeClass.Jump32"/> (<c>gotol</c>; v4, kernel 6.6).</summary>
    public const int Always = 0x00;
    /// <summary><c>BPF_JEQ</c>.</summary>
    public const int Equal = 0x10;
    /// <summary><c>BPF_JGT</c>: unsigned.</summary>
    public const int Greater = 0x20;
    /// <summary><c>BPF_JGE</c>: unsigned.</summary>
    public const int GreaterOrEqual = 0x30;
    /// <summary><c>BPF_JSET</c>: any common bit.</summary>
    public const int BitsSet = 0x40;
    /// <summary><c>BPF_JNE</c>.</summary>
    public const int NotEqual = 0x50;
    /// <summary><c>BPF_JSGT</c>.</summary>
    public const int SignedGreater = 0x60;
    /// <summary><c>BPF_JSGE</c>.</summary>
    public const int SignedGreaterOrEqual = 0x70;
    /// <summary><c>BPF_CALL</c>: what is called depends on <see cref="PseudoSource"/>.</summary>
    public const int Call = 0x80;
    /// <summary><c>BPF_EXIT</c>.</summary>
    public const int Exit = 0x90;
    /// <summary><c>BPF_JLT</c>: unsigned.</summary>
    public const int Less = 0xa0;
    /// <summary><c>BPF_JLE</c>: unsigned.</summary>
    public const int LessOrEqual = 0xb0;
    /// <summary><c>BPF_JSLT</c>.</summary>
    public const int SignedLess = 0xc0;
    /// <summary><c>BPF_JSLE</c>.</summary>
    public const int SignedLessOrEqual = 0xd0;
    /// <summary><c>BPF_JCOND</c>: <c>may_goto</c> where the source register is 0 (kernel 6.9).</summary>
    public const int Conditional = 0xe0;
}

/// <summary>The source register's markers (<c>BPF_PSEUDO_*</c>) in 64-bit immediate loads and in calls.</summary>
public static class PseudoSource
{
    /// <summary><c>BPF_PSEUDO_MAP_FD</c>: the immediate is a map's file descriptor.</summary>
    public const int MapDescriptor = 1;
    /// <summary><c>BPF_PSEUDO_MAP_VALUE</c>: a map's file descriptor, then an offset in its one value.</summary>
    public const int MapValue = 2;
    /// <summary><c>BPF_PSEUDO_BTF_ID</c>: the BTF id of a kernel variable, then the descriptor of its module's BTF.</summary>
    public const int BtfId = 3;
    /// <summary><c>BPF_PSEUDO_FUNC</c>: the distance to a subprogram, in instructions.</summary>
    public const int Function = 4;
    /// <summary><c>BPF_PSEUDO_MAP_IDX</c>: an index in the load's array of descriptors.</summary>
    public const int MapIndex = 5;
    /// <summary><c>BPF_PSEUDO_MAP_IDX_VALUE</c>: as <see cref="MapIndex"/>, then an offset in its one value.</summary>
    public const int MapIndexValue = 6;
    /// <summary>In a call: the immediate is a helper's id.</summary>
    public const int HelperCall = 0;
    /// <summary><c>BPF_PSEUDO_CALL</c>: the immediate is the distance to a subprogram, in instructions.</summary>
    public const int Call = 1;
    /// <summary><c>BPF_PSEUDO_KFUNC_CALL</c>: the immediate is the BTF id of a kernel function.</summary>
    public const int KernelFunctionCall = 2;
}

/// <summary>The immediates of atomic instructions. All but plain <see cref="Add"/> need kernel 5.12.</summary>
public static class AtomicOperation
{
    /// <summary><c>BPF_ADD</c>.</summary>
    public const int Add = 0x00;
    /// <summary><c>BPF_OR</c>.</summary>
    public const int Or = 0x40;
    /// <summary><c>BPF_AND</c>.</summary>
    public const int And = 0x50;
    /// <summary><c>BPF_XOR</c>.</summary>
    public const int Xor = 0xa0;
    /// <summary><c>BPF_FETCH</c>: added to the above, the source register gets the old value.</summary>
    public const int Fetch = 0x01;
    /// <summary><c>BPF_XCHG</c>.</summary>
    public const int Exchange = 0xe0 | Fetch;
    /// <summary><c>BPF_CMPXCHG</c>: compares with r0, which gets the old value.</summary>
    public const int CompareExchange = 0xf0 | Fetch;
    /// <summary><c>BPF_LOAD_ACQ</c> (kernel 6.15).</summary>
    public const int LoadAcquire = 0x100;
    /// <summary><c>BPF_STORE_REL</c> (kernel 6.15).</summary>
    public const int StoreRelease = 0x110;
}

/// <summary>Whole opcodes that are common enough to have a name.</summary>
public static class Opcode
{
    /// <summary>The first half of a 64-bit immediate load (<c>BPF_LD | BPF_DW | BPF_IMM</c>).</summary>
    public const int LoadImmediate64 = OpcodeClass.Load | MemorySize.DoubleWord | MemoryMode.Immediate;
    /// <summary>A call by immediate (<c>BPF_JMP | BPF_CALL</c>).</summary>
    public const int Call = OpcodeClass.Jump | JumpOperation.Call;
    /// <summary><c>BPF_JMP | BPF_EXIT</c>.</summary>
    public const int Exit = OpcodeClass.Jump | JumpOperation.Exit;
    /// <summary>An unconditional jump by the offset (<c>BPF_JMP | BPF_JA</c>).</summary>
    public const int Goto = OpcodeClass.Jump | JumpOperation.Always;
    /// <summary>An unconditional jump by the immediate (<c>BPF_JMP32 | BPF_JA</c>; v4, kernel 6.6).</summary>
    public const int GotoLong = OpcodeClass.Jump32 | JumpOperation.Always;
    /// <summary><c>may_goto</c> (<c>BPF_JMP | BPF_JCOND</c>, kernel 6.9).</summary>
    public const int MayGoto = OpcodeClass.Jump | JumpOperation.Conditional;
}
