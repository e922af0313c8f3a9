using System.Buffers.Binary;
using BpfSharp.Objects;
using BpfSharp.Objects.Instructions;

namespace BpfSharp.Testing;

/// <summary>
/// Runs eBPF instructions as the instruction-set document defines them, without a kernel: an oracle for the code generator. Memory is
/// a list of areas with 4 GiB of address space each; an access outside of an area throws.
/// </summary>
public sealed class BpfVirtualMachine
{
    private const int StackSize = 512;

    private readonly ObjectSpec _object;
    private readonly List<byte[]> _areas = [];
    private readonly Dictionary<string, int> _sections = [];
    private readonly Dictionary<string, int> _maps = [];
    private readonly Dictionary<string, int> _functions = [];
    private readonly Func<BpfVirtualMachine, int, ulong[], ulong> _helper;
    private long _steps;

    /// <summary>Prepares to run the functions of <paramref name="spec"/>; <paramref name="helper"/> gets a helper's id and r1 to r5.</summary>
    public BpfVirtualMachine(ObjectSpec spec, Func<BpfVirtualMachine, int, ulong[], ulong>? helper = null)
    {
        _object = spec;
        _helper = helper ?? ((_, id, _) => throw new NotSupportedException($"Helper {id} is not modelled."));
        foreach (DataSectionSpec section in spec.DataSections) _sections[section.Name] = AddArea([.. section.Content]);
        for (int i = 0; i < spec.Maps.Length; i++) _maps[spec.Maps[i].Name] = i;
        for (int i = 0; i < spec.Functions.Length; i++) _functions[spec.Functions[i].Name] = i;
    }

    /// <summary>The most instructions that a run may take.</summary>
    public long MaximumSteps { get; init; } = 1_000_000;

    /// <summary>Instructions executed in the last run.</summary>
    public long Steps => _steps;

    /// <summary>
    /// Loads from an address that give another value than the bytes there, as the kernel rewrites loads of context fields: the 32 bits of
    /// <c>xdp_md.data</c> give a pointer.
    /// </summary>
    public Dictionary<ulong, ulong> Rewritten { get; } = [];

    /// <summary>The content of a data section.</summary>
    public byte[] Section(string name) => _areas[_sections[name]];

    /// <summary>The map with the number that a map's address carries.</summary>
    public MapSpec Map(ulong address) => _object.Maps[(int)(address & 0xffff_ffff)];

    /// <summary>Adds an area of memory; its address is the result of <see cref="AddressOf"/>.</summary>
    public int AddArea(byte[] content)
    {
        _areas.Add(content);
        return _areas.Count - 1;
    }

    /// <summary>The address of an area's start.</summary>
    public static ulong AddressOf(int area) => (ulong)(area + 1) << 32;

    /// <summary>The bytes at an address.</summary>
    public Span<byte> Bytes(ulong address, int size)
    {
        int area = (int)(address >> 32) - 1;
        long offset = (long)(address & 0xffff_ffff);
        if (area < 0 || area >= _areas.Count || offset + size > _areas[area].Length)
        {
            throw new InvalidOperationException($"An access of {size} bytes at 0x{address:x} is outside of memory.");
        }
        return _areas[area].AsSpan((int)offset, size);
    }

    /// <summary>Runs a function with up to five arguments; the result is r0.</summary>
    public ulong Run(string function, params ulong[] arguments)
    {
        _steps = 0;
        return Call(_functions[function], arguments);
    }

    /// <summary>Calls the function at an address, as helpers with callbacks do.</summary>
    public ulong CallBack(ulong function, params ulong[] arguments) => Call((int)(function & 0xffff_ffff), arguments);

    private ulong Call(int index, ulong[] arguments)
    {
        FunctionSpec function = _object.Functions[index];
        ulong[] r = new ulong[11];
        for (int i = 0; i < arguments.Length; i++) r[i + 1] = arguments[i];
        int stack = AddArea(new byte[StackSize]);
        r[10] = AddressOf(stack) + StackSize;
        for (int pc = 0; ; pc++)
        {
            if (++_steps > MaximumSteps) throw new InvalidOperationException("The program does not end.");
            Instruction i = function.Instructions[pc];
            switch (i.Class)
            {
                case OpcodeClass.Load:
                    r[i.Destination] = Immediate64(function, pc++);
                    break;
                case OpcodeClass.LoadIndirect:
                    ulong from = r[i.Source] + (ulong)i.Offset;
                    r[i.Destination] = Rewritten.TryGetValue(from, out ulong rewritten) ? rewritten : Load(i.Code, Bytes(from, MemorySize.Bytes(i.Code)));
                    break;
                case OpcodeClass.Store:
                    Store(Bytes(r[i.Destination] + (ulong)i.Offset, MemorySize.Bytes(i.Code)), (ulong)i.Immediate);
                    break;
                case OpcodeClass.StoreIndirect:
                    Span<byte> memory = Bytes(r[i.Destination] + (ulong)i.Offset, MemorySize.Bytes(i.Code));
                    if ((i.Code & 0xe0) == MemoryMode.Atomic) Atomic(i, memory, r);
                    else Store(memory, r[i.Source]);
                    break;
                case OpcodeClass.Alu32 or OpcodeClass.Alu64:
                    r[i.Destination] = Alu(i, r);
                    break;
                case var _ when i.Code == Opcode.Exit:
                    return r[0];
                case var _ when i.Code == Opcode.Call:
                    ulong[] passed = r[1..6];
                    r[0] = i.Source == PseudoSource.HelperCall
                        ? _helper(this, i.Immediate, passed)
                        : CallSymbol(function.Relocations.Single(x => x.Index == pc).Symbol, passed);
                    // A call leaves nothing in r1 to r5: code that relies on them must be seen to fail.
                    for (int c = 1; c <= 5; c++) r[c] = 0xdead_beef_dead_0000 + (ulong)c;
                    break;
                default:
                    if (i.Operation == JumpOperation.Always) pc += i.Class == OpcodeClass.Jump32 ? i.Immediate : i.Offset;
                    else if (IsTaken(i, r)) pc += i.Offset;
                    break;
            }
        }
    }

    /// <summary>Calls a function of the object, or one of the kernel's that iterate over numbers.</summary>
    private ulong CallSymbol(string symbol, ulong[] arguments)
    {
        if (_functions.TryGetValue(symbol, out int index)) return Call(index, arguments);
        Span<byte> current = Bytes(arguments[0], 4), end = Bytes(arguments[0] + 4, 4);
        switch (symbol)
        {
            case "bpf_iter_num_new":
                bool isOrdered = (int)arguments[1] <= (int)arguments[2];
                BinaryPrimitives.WriteInt32LittleEndian(current, isOrdered ? (int)arguments[1] - 1 : 0);
                BinaryPrimitives.WriteInt32LittleEndian(end, isOrdered ? (int)arguments[2] : 0);
                return isOrdered ? 0 : unchecked((ulong)-22);
            case "bpf_iter_num_next":
                int next = BinaryPrimitives.ReadInt32LittleEndian(current) + 1;
                if (next >= BinaryPrimitives.ReadInt32LittleEndian(end)) return 0;
                BinaryPrimitives.WriteInt32LittleEndian(current, next);
                return arguments[0];
            case "bpf_iter_num_destroy":
                return 0;
            default:
                throw new NotSupportedException($"The kernel's function {symbol} is not modelled.");
        }
    }

    private ulong Immediate64(FunctionSpec function, int pc)
    {
        Instruction low = function.Instructions[pc], high = function.Instructions[pc + 1];
        int found = function.Relocations.Select(static x => x.Index).ToList().IndexOf(pc);
        if (found < 0) return (uint)low.Immediate | ((ulong)(uint)high.Immediate << 32);
        RelocationSpec relocation = function.Relocations[found];
        return relocation.Kind switch
        {
            RelocationKind.Data => AddressOf(_sections[relocation.Symbol]) + (ulong)relocation.Addend,
            RelocationKind.Map => 0xffff_0000_0000_0000 + (ulong)_maps[relocation.Symbol],
            _ => 0xfffe_0000_0000_0000 + (ulong)_functions[relocation.Symbol],
        };
    }

    private static ulong Load(int code, Span<byte> memory) => (memory.Length, (code & 0xe0) == MemoryMode.MemorySignExtend) switch
    {
        (1, false) => memory[0],
        (1, true) => (ulong)(sbyte)memory[0],
        (2, false) => BinaryPrimitives.ReadUInt16LittleEndian(memory),
        (2, true) => (ulong)BinaryPrimitives.ReadInt16LittleEndian(memory),
        (4, false) => BinaryPrimitives.ReadUInt32LittleEndian(memory),
        (4, true) => (ulong)BinaryPrimitives.ReadInt32LittleEndian(memory),
        _ => BinaryPrimitives.ReadUInt64LittleEndian(memory),
    };

    private static void Store(Span<byte> memory, ulong value)
    {
        for (int i = 0; i < memory.Length; i++) memory[i] = (byte)(value >> (8 * i));
    }

    private static void Atomic(Instruction i, Span<byte> memory, ulong[] r)
    {
        ulong old = Load(0, memory), operand = memory.Length == 4 ? (uint)r[i.Source] : r[i.Source];
        if (i.Immediate == AtomicOperation.CompareExchange)
        {
            ulong expected = memory.Length == 4 ? (uint)r[0] : r[0];
            if (old == expected) Store(memory, operand);
            r[0] = old;
            return;
        }
        Store(memory, (i.Immediate & ~AtomicOperation.Fetch) switch
        {
            AtomicOperation.Add => old + operand,
            AtomicOperation.Or => old | operand,
            AtomicOperation.And => old & operand,
            AtomicOperation.Xor => old ^ operand,
            _ => operand,
        });
        if ((i.Immediate & AtomicOperation.Fetch) != 0) r[i.Source] = old;
    }

    private static ulong Alu(Instruction i, ulong[] r)
    {
        bool is64 = i.Class == OpcodeClass.Alu64;
        ulong a = r[i.Destination], b = (i.Code & OperandSource.Register) != 0 ? r[i.Source] : (ulong)i.Immediate;
        if (i.Operation == AluOperation.End) return End(i, a);
        if (i.Operation == AluOperation.Move && i.Offset != 0)
        {
            long extended = i.Offset == 8 ? (sbyte)b : i.Offset == 16 ? (short)b : (int)b;
            return is64 ? (ulong)extended : (uint)extended;
        }
        if (!is64) (a, b) = ((uint)a, (uint)b);
        int shift = (int)(b & (is64 ? 63u : 31u));
        ulong result = i.Operation switch
        {
            AluOperation.Add => a + b,
            AluOperation.Subtract => a - b,
            AluOperation.Multiply => a * b,
            AluOperation.Divide => b == 0 ? 0 : i.Offset == 0 ? a / b : Signed(a, b, is64, static (x, y) => y == -1 ? -x : x / y),
            AluOperation.Modulo => b == 0 ? a : i.Offset == 0 ? a % b : Signed(a, b, is64, static (x, y) => y == -1 ? 0 : x % y),
            AluOperation.Or => a | b,
            AluOperation.And => a & b,
            AluOperation.Xor => a ^ b,
            AluOperation.ShiftLeft => a << shift,
            AluOperation.ShiftRight => a >> shift,
            AluOperation.ShiftRightArithmetic => is64 ? (ulong)((long)a >> shift) : (ulong)((int)a >> shift),
            AluOperation.Negate => 0 - a,
            AluOperation.Move => b,
            _ => throw new InvalidOperationException($"Not an instruction: {i}"),
        };
        return is64 ? result : (uint)result;
    }

    private static ulong Signed(ulong a, ulong b, bool is64, Func<long, long, long> operation) =>
        (ulong)(is64 ? operation((long)a, (long)b) : operation((int)a, (int)b));

    private static ulong End(Instruction i, ulong a)
    {
        bool swaps = i.Class == OpcodeClass.Alu64 || (i.Code & OperandSource.Register) != 0;
        return i.Immediate switch
        {
            16 => swaps ? BinaryPrimitives.ReverseEndianness((ushort)a) : (ushort)a,
            32 => swaps ? BinaryPrimitives.ReverseEndianness((uint)a) : (uint)a,
            _ => swaps ? BinaryPrimitives.ReverseEndianness(a) : a,
        };
    }

    private static bool IsTaken(Instruction i, ulong[] r)
    {
        ulong a = r[i.Destination], b = (i.Code & OperandSource.Register) != 0 ? r[i.Source] : (ulong)i.Immediate;
        if (i.Class == OpcodeClass.Jump32) (a, b) = ((uint)a, (uint)b);
        (long sa, long sb) = i.Class == OpcodeClass.Jump32 ? ((int)a, (int)b) : ((long)a, (long)b);
        return i.Operation switch
        {
            JumpOperation.Equal => a == b,
            JumpOperation.NotEqual => a != b,
            JumpOperation.Greater => a > b,
            JumpOperation.GreaterOrEqual => a >= b,
            JumpOperation.Less => a < b,
            JumpOperation.LessOrEqual => a <= b,
            JumpOperation.BitsSet => (a & b) != 0,
            JumpOperation.SignedGreater => sa > sb,
            JumpOperation.SignedGreaterOrEqual => sa >= sb,
            JumpOperation.SignedLess => sa < sb,
            JumpOperation.SignedLessOrEqual => sa <= sb,
            _ => throw new InvalidOperationException($"Not an instruction: {i}"),
        };
    }
}
