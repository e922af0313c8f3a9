using BpfSharp.Compiler.IR;
using BpfSharp.Objects;
using BpfSharp.Objects.Instructions;

namespace BpfSharp.Compiler.Target;

/// <summary>
/// Turns a legalised function into machine instructions over virtual registers. Constants, frame addresses and maps are
/// made where they are used; comparisons are made where they are branched on; conversions that change no bits share a register.
/// </summary>
internal sealed partial class Selection
{
    private readonly Function _function;
    private readonly MachineFunction _machine;
    private readonly int _instructionSet;
    private readonly int[] _registers;
    private readonly FrameSlot?[] _slots;
    private readonly int[] _useCounts;
    private readonly UpperHalves _upper;
    private readonly Dictionary<Block, MachineBlock> _blocks = [];
    private readonly Dictionary<(Op, long, string?), int> _blockConstants = [];
    private readonly HashSet<Value> _folded = [];
    private bool[]? _indices;
    private MachineBlock _block;
    private int _debugId;
    private Region _region;

    private Selection(Function function, int instructionSet)
    {
        _function = function;
        _instructionSet = instructionSet;
        _machine = new MachineFunction(function);
        _registers = new int[function.ValueCount];
        _slots = FrameSlots.Share(function);
        _machine.Slots.AddRange(_slots.OfType<FrameSlot>().Distinct());
        _useCounts = new int[function.ValueCount];
        _upper = UpperHalves.Compute(function);
        _block = new MachineBlock(0);
    }

    /// <summary>Selects instructions for <paramref name="function"/>, which has no stray comparisons (<see cref="CompareValues"/>).</summary>
    public static MachineFunction Run(Function function, int instructionSet)
    {
        Selection selection = new(function, instructionSet);
        selection.Select();
        return selection._machine;
    }

    private void Select()
    {
        foreach (Block block in _function.Blocks)
        {
            MachineBlock machine = new(_machine.Blocks.Count);
            _machine.Blocks.Add(machine);
            _blocks[block] = machine;
            foreach (Value value in block.Values)
            {
                foreach (Value argument in value.Arguments) _useCounts[argument.Id]++;
            }
        }
        // Phis first: their registers are written at the ends of blocks that may be selected before them.
        foreach (Block block in _function.Blocks)
        {
            foreach (Value phi in block.Phis) _registers[phi.Id] = _machine.NewRegister();
        }
        _block = _blocks[_function.Entry];
        TakeParameters();
        foreach (Block block in _function.Blocks) FoldBitTest(block);
        foreach (Block block in ReversePostOrder())
        {
            _block = _blocks[block];
            _blockConstants.Clear();
            foreach (Value value in block.Values) SelectValue(value);
        }
        PhiCopies.Insert(_function, _machine, _blocks, EdgeSource, phi => _registers[phi.Id]);
    }

    private List<Block> ReversePostOrder()
    {
        List<Block> order = [];
        HashSet<Block> seen = [_function.Entry];
        Stack<(Block Block, int Next)> stack = new();
        stack.Push((_function.Entry, 0));
        while (stack.Count > 0)
        {
            (Block block, int next) = stack.Pop();
            if (next == block.Successors.Count)
            {
                order.Add(block);
                continue;
            }
            stack.Push((block, next + 1));
            if (seen.Add(block.Successors[next])) stack.Push((block.Successors[next], 0));
        }
        order.Reverse();
        return order;
    }

    /// <summary>Where a phi's argument comes from: a register, or a constant that is made on the edge.</summary>
    private EdgeOperand EdgeSource(Value argument)
    {
        if (argument.Op is Op.Const or Op.MapAddress or Op.GlobalAddress or Op.FunctionAddress or Op.SlotAddress || IsFrameAddress(argument))
        {
            return new EdgeOperand(-1, target =>
            {
                MachineBlock saved = _block;
                MachineBlock scratch = new(-1);
                _block = scratch;
                _debugId = argument.DebugId;
                MaterialiseInto(target, argument);
                _block = saved;
                return scratch.Instructions;
            });
        }
        return new EdgeOperand(Use(argument), null);
    }

    private void TakeParameters()
    {
        foreach (Value value in _function.Blocks.SelectMany(static b => b.Values))
        {
            if (value.Op != Op.Parameter || _useCounts[value.Id] == 0) continue;
            _debugId = value.DebugId;
            int register = _registers[value.Id] = _machine.NewRegister();
            int argument = (int)value.Immediate + 1;
            if (_upper.MustClear(value)) Emit(OpcodeClass.Alu32 | AluOperation.Move | OperandSource.Register, register, argument);
            else Move(register, argument);
        }
    }

    private void SelectValue(Value value)
    {
        if (_folded.Contains(value)) return;
        _debugId = value.DebugId;
        switch (value.Op)
        {
            case Op.Const or Op.SlotAddress or Op.MapAddress or Op.GlobalAddress or Op.FunctionAddress or Op.Parameter or Op.Phi:
                break;
            case var op when op.Has(OpTraits.Compare):
                break;
            case Op.Load or Op.Store:
            case >= Op.AtomicAdd and <= Op.AtomicCompareExchange:
                SelectMemory(value);
                break;
            case Op.CallHelper or Op.CallKernel or Op.CallFunction:
                SelectCall(value);
                break;
            case >= Op.Jump and <= Op.Unreachable:
                SelectTerminator(value);
                break;
            default:
                SelectArithmetic(value);
                break;
        }
    }

    /// <summary>The register that holds <paramref name="value"/>; makes it here if it is a constant or an address.</summary>
    private int Use(Value value)
    {
        switch (value.Op)
        {
            case Op.PtrAdd when IsFrameAddress(value):
                return PointerPlus(value.Arguments[0], value.Immediate);
            case Op.Const or Op.MapAddress or Op.SlotAddress or Op.GlobalAddress or Op.FunctionAddress:
                bool isWide = value.Op is Op.GlobalAddress || (value.Op == Op.Const && IsWide(value.Immediate));
                if (isWide && value.Core is null && _blockConstants.TryGetValue((value.Op, value.Immediate, value.Symbol), out int known)) return known;
                int register = _machine.NewRegister();
                MaterialiseInto(register, value);
                if (isWide && value.Core is null) _blockConstants[(value.Op, value.Immediate, value.Symbol)] = register;
                return register;
            default:
                int assigned = _registers[value.Id];
                if (assigned == 0) throw new InvalidOperationException($"{_function.Name}: {value} has no register.");
                return assigned;
        }
    }

    /// <summary>Makes a constant or an address in <paramref name="register"/>.</summary>
    private void MaterialiseInto(int register, Value value)
    {
        switch (value.Op)
        {
            case Op.Const when value.Type.IsI32:
                Emit(OpcodeClass.Alu32 | AluOperation.Move, register, immediate: (int)value.Immediate).Core = value.Core;
                break;
            case Op.Const when value.Immediate is >= int.MinValue and <= int.MaxValue:
                // A non-negative constant can be moved with either width; the 64-bit form is what the verifier tracks best.
                Emit(OpcodeClass.Alu64 | AluOperation.Move, register, immediate: value.Immediate).Core = value.Core;
                break;
            case Op.Const when value.Immediate is >= 0 and <= uint.MaxValue:
                Emit(OpcodeClass.Alu32 | AluOperation.Move, register, immediate: (int)(uint)value.Immediate).Core = value.Core;
                break;
            case Op.Const:
                Emit(Opcode.LoadImmediate64, register, immediate: value.Immediate).Core = value.Core;
                break;
            case Op.SlotAddress or Op.PtrAdd:
                Move(register, Register.Frame);
                Emit(OpcodeClass.Alu64 | AluOperation.Add, register, immediate: value.Op == Op.PtrAdd ? value.Immediate : 0).Slot =
                    SlotOf(value.Op == Op.PtrAdd ? value.Arguments[0] : value);
                break;
            default:
                MachineInstruction load = Emit(Opcode.LoadImmediate64, register, immediate: value.Immediate);
                load.Symbol = value.Symbol;
                load.Relocation = value.Op switch
                {
                    Op.MapAddress => RelocationKind.Map,
                    Op.GlobalAddress => RelocationKind.Data,
                    _ => RelocationKind.Function,
                };
                break;
        }
    }

    /// <summary>A register whose old content nobody needs, holding a copy of <paramref name="value"/>.</summary>
    private int Copy(Value value)
    {
        int register = _machine.NewRegister();
        CopyInto(register, value);
        return register;
    }

    private void CopyInto(int register, Value value)
    {
        if (value.Op is Op.Const or Op.MapAddress or Op.SlotAddress or Op.FunctionAddress || IsFrameAddress(value)) MaterialiseInto(register, value);
        else Move(register, Use(value));
    }

    /// <summary>Notes the register of a result.</summary>
    private void Define(Value value, int register)
    {
        _registers[value.Id] = register;
        if (_upper.MustClear(value))
        {
            int clean = _machine.NewRegister();
            Emit(OpcodeClass.Alu32 | AluOperation.Move | OperandSource.Register, clean, register);
            _registers[value.Id] = clean;
        }
    }

    private FrameSlot SlotOf(Value address) => _slots[(int)address.Immediate]!;

    private void Move(int to, int from) => Emit(OpcodeClass.Alu64 | AluOperation.Move | OperandSource.Register, to, from);

    private MachineInstruction Emit(int code, int destination, int source = -1, int offset = 0, long immediate = 0)
    {
        MachineInstruction instruction = new()
        {
            Code = code,
            Destination = destination,
            Source = source,
            Offset = offset,
            Immediate = immediate,
            DebugId = _debugId,
        };
        _block.Instructions.Add(instruction);
        return instruction;
    }

    /// <summary>Whether it is a place in the frame, which is made where it is used.</summary>
    private static bool IsFrameAddress(Value value) =>
        value.Op == Op.SlotAddress || (value.Op == Op.PtrAdd && value.Arguments.Count == 1 && value.Arguments[0].Op == Op.SlotAddress);

    private static bool IsWide(long constant) => constant is < int.MinValue or > uint.MaxValue;

    private static bool FitsImmediate(Value value) =>
        value.Op == Op.Const && value.Core is null && (value.Type.IsI32 || value.Immediate is >= int.MinValue and <= int.MaxValue);
}
