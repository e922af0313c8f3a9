using System.Globalization;
using System.Text;

namespace BpfSharp.Objects.Instructions;

/// <summary>
/// Writes instructions as llvm-objdump does (<c>r0 = 0x1</c>, <c>if r1 == 0x0 goto +0x3</c>), but for one choice: loads and stores always
/// name the whole register (<c>r1 = *(u32 *)(r2 + 0x8)</c>), as the verifier's log does.
/// </summary>
public static class Disassembler
{
    private const string Unknown = "<unknown>";

    // Indexed by AluOperation / 16; null where the operation has a form of its own.
    private static readonly string?[] AluSymbols =
        ["+=", "-=", "*=", "/=", "|=", "&=", "<<=", ">>=", null, "%=", "^=", "=", "s>>=", null, null, null];

    // Indexed by JumpOperation / 16; null where the operation is no comparison.
    private static readonly string?[] JumpSymbols =
        [null, "==", ">", ">=", "&", "!=", "s>", "s>=", null, null, "<", "<=", "s<", "s<=", null, null];

    /// <summary>One instruction as text.</summary>
    /// <param name="instruction">The instruction.</param>
    /// <param name="next">The instruction after it: the upper half of a 64-bit immediate.</param>
    public static string Format(Instruction instruction, Instruction next = default) => instruction.Class switch
    {
        OpcodeClass.Load => FormatLoad(instruction, next),
        OpcodeClass.LoadIndirect => FormatLoadIndirect(instruction),
        OpcodeClass.Store => FormatStore(instruction),
        OpcodeClass.StoreIndirect => FormatStoreIndirect(instruction),
        OpcodeClass.Alu32 or OpcodeClass.Alu64 => FormatAlu(instruction),
        _ => FormatJump(instruction),
    };

    /// <summary>A listing, one line for each instruction: its index, a colon, and the text. A 64-bit immediate load takes two indices.</summary>
    /// <param name="instructions">The instructions.</param>
    public static string Format(ReadOnlySpan<Instruction> instructions)
    {
        var text = new StringBuilder();
        for (int i = 0; i < instructions.Length; i++)
        {
            Instruction next = i + 1 < instructions.Length ? instructions[i + 1] : default;
            text.Append(i.ToString(CultureInfo.InvariantCulture).PadLeft(8)).Append(": ").Append(Format(instructions[i], next)).Append('\n');
            if (instructions[i].IsLoadImmediate64)
                i++;
        }
        return text.ToString();
    }

    private static string FormatLoad(Instruction i, Instruction next)
    {
        if (i.IsLoadImmediate64)
            return $"r{i.Destination} = {Hex((long)(uint)i.Immediate | ((long)next.Immediate << 32))} ll";
        if (MemorySize.Bytes(i.Code) == 8)
            return Unknown;
        return (i.Code & 0xe0) switch
        {
            MemoryMode.Absolute => $"r0 = *({Width(i)} *)skb[{Hex(i.Immediate)}]",
            MemoryMode.Indirect => $"r0 = *({Width(i)} *)skb[r{i.Source}]",
            _ => Unknown,
        };
    }

    private static string FormatLoadIndirect(Instruction i) => (i.Code & 0xe0) switch
    {
        MemoryMode.Memory => $"r{i.Destination} = *({Width(i)} *)({Address(i.Source, i.Offset)})",
        MemoryMode.MemorySignExtend when MemorySize.Bytes(i.Code) < 8 =>
            $"r{i.Destination} = *(s{MemorySize.Bytes(i.Code) * 8} *)({Address(i.Source, i.Offset)})",
        _ => Unknown,
    };

    private static string FormatStore(Instruction i) => (i.Code & 0xe0) == MemoryMode.Memory
        ? $"*({Width(i)} *)({Address(i.Destination, i.Offset)}) = {Hex(i.Immediate)}"
        : Unknown;

    private static string FormatStoreIndirect(Instruction i)
    {
        string place = $"({Width(i)} *)({Address(i.Destination, i.Offset)})";
        if ((i.Code & 0xe0) == MemoryMode.Memory)
            return $"*{place} = r{i.Source}";
        if ((i.Code & 0xe0) != MemoryMode.Atomic)
            return Unknown;
        if (i.Immediate == AtomicOperation.LoadAcquire)
            return $"{Register(i.Destination, i)} = load_acquire(({Width(i)} *)({Address(i.Source, i.Offset)}))";
        if (i.Immediate == AtomicOperation.StoreRelease)
            return $"store_release({place}, {Register(i.Source, i)})";
        if (MemorySize.Bytes(i.Code) < 4)
            return Unknown;

        string bits = MemorySize.Bytes(i.Code) == 8 ? "_64" : "32_32";
        string source = Register(i.Source, i);
        switch (i.Immediate)
        {
            case AtomicOperation.Exchange:
                return $"{source} = xchg{bits}({Address(i.Destination, i.Offset)}, {source})";
            case AtomicOperation.CompareExchange:
                string result = Register(0, i);
                return $"{result} = cmpxchg{bits}({Address(i.Destination, i.Offset)}, {result}, {source})";
        }

        (string? symbol, string? name) = (i.Immediate & ~AtomicOperation.Fetch) switch
        {
            AtomicOperation.Add => ("+=", "add"),
            AtomicOperation.Or => ("|=", "or"),
            AtomicOperation.And => ("&=", "and"),
            AtomicOperation.Xor => ("^=", "xor"),
            _ => ((string?)null, (string?)null),
        };
        if (symbol is null)
            return Unknown;
        return (i.Immediate & AtomicOperation.Fetch) == 0
            ? $"lock *{place} {symbol} {source}"
            : $"{source} = atomic_fetch_{name}({place}, {source})";
    }

    private static string FormatAlu(Instruction i)
    {
        char prefix = i.Class == OpcodeClass.Alu64 ? 'r' : 'w';
        string destination = $"{prefix}{i.Destination}";
        bool fromRegister = (i.Code & OperandSource.Register) != 0;
        string operand = fromRegister ? $"{prefix}{i.Source}" : Hex(i.Immediate);
        switch (i.Operation)
        {
            case AluOperation.Negate:
                return $"{destination} = -{destination}";
            case AluOperation.End:
                if (i.Immediate is not (16 or 32 or 64))
                    return Unknown;
                string order = i.Class == OpcodeClass.Alu64 ? "bswap" : fromRegister ? "be" : "le";
                return $"r{i.Destination} = {order}{i.Immediate} r{i.Destination}";
            case AluOperation.Divide or AluOperation.Modulo when i.Offset == 1:
                return $"{destination} s{AluSymbols[i.Operation >> 4]} {operand}";
            case AluOperation.Move when fromRegister && i.Offset == 1 && i.Class == OpcodeClass.Alu64:
                return $"{destination} = addr_space_cast({operand}, {Hex((int)((uint)i.Immediate >> 16))}, {Hex(i.Immediate & 0xffff)})";
            case AluOperation.Move when fromRegister && i.Offset is 8 or 16 or 32:
                return $"{destination} = (s{i.Offset}){operand}";
        }
        return AluSymbols[i.Operation >> 4] is { } symbol && i.Offset == 0 ? $"{destination} {symbol} {operand}" : Unknown;
    }

    private static string FormatJump(Instruction i)
    {
        switch (i.Code)
        {
            case Opcode.Goto:
                return $"goto {Distance(i.Offset)}";
            case Opcode.GotoLong:
                return $"gotol {Distance(i.Immediate)}";
            case Opcode.MayGoto:
                return $"may_goto {Distance(i.Offset)}";
            case Opcode.Call:
                return $"call {Hex(i.Immediate)}";
            case Opcode.Call | OperandSource.Register:
                return $"callx r{i.Destination}";
            case Opcode.Exit:
                return "exit";
        }
        if (JumpSymbols[i.Operation >> 4] is not { } symbol)
            return Unknown;
        char prefix = i.Class == OpcodeClass.Jump ? 'r' : 'w';
        string operand = (i.Code & OperandSource.Register) != 0 ? $"{prefix}{i.Source}" : Hex(i.Immediate);
        return $"if {prefix}{i.Destination} {symbol} {operand} goto {Distance(i.Offset)}";
    }

    private static string Register(int number, Instruction i) => $"{(MemorySize.Bytes(i.Code) == 8 ? 'r' : 'w')}{number}";

    private static string Width(Instruction i) => $"u{MemorySize.Bytes(i.Code) * 8}";

    private static string Address(int register, int offset) => $"r{register} {(offset < 0 ? '-' : '+')} {Hex(Math.Abs(offset))}";

    private static string Distance(int offset) => (offset < 0 ? "" : "+") + Hex(offset);

    private static string Hex(long value) =>
        value < 0 ? "-0x" + unchecked((ulong)-value).ToString("x", CultureInfo.InvariantCulture)
                  : "0x" + value.ToString("x", CultureInfo.InvariantCulture);
}
