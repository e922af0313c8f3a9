using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;
using BpfSharp.Objects.Instructions;

namespace BpfSharp.Compiler.Target;

internal sealed partial class Selection
{
    /// <summary>ALU operations by IR operation; the offset is 1 for the signed divisions of instruction set v4.</summary>
    private static readonly Dictionary<Op, (int Operation, int Offset)> s_alu = new()
    {
        [Op.Add] = (AluOperation.Add, 0),
        [Op.Sub] = (AluOperation.Subtract, 0),
        [Op.Mul] = (AluOperation.Multiply, 0),
        [Op.UDiv] = (AluOperation.Divide, 0),
        [Op.SDiv] = (AluOperation.Divide, 1),
        [Op.UMod] = (AluOperation.Modulo, 0),
        [Op.SMod] = (AluOperation.Modulo, 1),
        [Op.And] = (AluOperation.And, 0),
        [Op.Or] = (AluOperation.Or, 0),
        [Op.Xor] = (AluOperation.Xor, 0),
        [Op.Shl] = (AluOperation.ShiftLeft, 0),
        [Op.LShr] = (AluOperation.ShiftRight, 0),
        [Op.AShr] = (AluOperation.ShiftRightArithmetic, 0),
        [Op.PtrAdd] = (AluOperation.Add, 0),
        [Op.PtrDiff] = (AluOperation.Subtract, 0),
    };

    /// <summary>Through the upper half of eight bytes of the stack: what is stored there the verifier does not follow, zero apart.</summary>
    private void SelectForgotten(Value value)
    {
        FrameSlot slot = new(8, 8, "");
        _machine.Slots.Add(slot);
        Emit(OpcodeClass.StoreIndirect | MemoryMode.Memory | MemorySize.Word, Register.Frame, Use(value.Arguments[0]), 4).Slot = slot;
        int result = _machine.NewRegister();
        Emit(OpcodeClass.LoadIndirect | MemoryMode.Memory | MemorySize.Word, result, Register.Frame, 4).Slot = slot;
        Define(value, result);
    }

    private void SelectArithmetic(Value value)
    {
        switch (value.Op)
        {
            case Op.Opaque when value.Immediate == 2:
                // The verifier connects a register with its copies, but not with what is computed from it.
                int copied = Copy(value.Arguments[0]);
                Emit(ClassOf(value.Type) | AluOperation.And, copied, immediate: -1);
                Define(value, copied);
                break;
            case Op.Opaque when value.Immediate == 1:
                SelectForgotten(value);
                break;
            case Op.ZExt32 or Op.Trunc or Op.Opaque:
                // No bits change: what ZExt32 needs cleared was cleared where it was defined.
                Define(value, Use(value.Arguments[0]));
                break;
            case Op.Neg:
                int negated = Copy(value.Arguments[0]);
                Emit(ClassOf(value.Type) | AluOperation.Negate, negated);
                Define(value, negated);
                break;
            case Op.Swap16 or Op.Swap32 or Op.Swap64:
                int swapped = Copy(value.Arguments[0]);
                // Version 4 swaps whatever the machine's order is; before, "to big-endian" swaps on the little-endian machines that there are.
                int swap = _instructionSet >= 4 ? OpcodeClass.Alu64 | AluOperation.End : OpcodeClass.Alu32 | AluOperation.End | ByteOrder.ToBigEndian;
                Emit(swap, swapped, immediate: value.Op == Op.Swap16 ? 16 : value.Op == Op.Swap32 ? 32 : 64);
                Define(value, swapped);
                break;
            case Op.ZExt8 or Op.ZExt16:
                int masked = Copy(value.Arguments[0]);
                Emit(ClassOf(value.Type) | AluOperation.And, masked, immediate: value.Op == Op.ZExt8 ? 0xff : 0xffff);
                Define(value, masked);
                break;
            case Op.SExt8 or Op.SExt16 or Op.SExt32:
                SelectSignExtension(value);
                break;
            case Op.PtrAdd when value.Core is not null:
                int relocated = Copy(value.Arguments[0]);
                Emit(OpcodeClass.Alu64 | AluOperation.Add, relocated, immediate: value.Immediate).Core = value.Core;
                Define(value, relocated);
                break;
            case Op.AddressOf:
                // The verifier forgets what a negated pointer was.
                int number = Copy(value.Arguments[0]);
                Emit(OpcodeClass.Alu64 | AluOperation.Negate, number);
                Emit(OpcodeClass.Alu64 | AluOperation.Negate, number);
                Define(value, number);
                break;
            case Op.PointerTo:
                Define(value, Use(value.Arguments[0]));
                break;
            case Op.ArenaAddress:
                int arena = Copy(value.Arguments[0]);
                if (!value.Arguments[1].IsConst(0)) Emit(OpcodeClass.Alu64 | AluOperation.Add | OperandSource.Register, arena, Use(value.Arguments[1]));
                // From the address space of arenas to the program's; what was a number is a pointer to the verifier from here on.
                int cast = _machine.NewRegister();
                Emit(OpcodeClass.Alu64 | AluOperation.Move | OperandSource.Register, cast, arena, CastAddressSpace).Immediate = FromArena;
                Define(value, cast);
                break;
            case Op.PtrAdd:
                SelectPointerAddition(value);
                break;
            default:
                SelectBinary(value);
                break;
        }
    }

    /// <summary><c>BPF_ADDR_SPACE_CAST</c>, the offset that makes a move one (kernel 6.9), and the address spaces: to (high 16 bits) and from.</summary>
    private const int CastAddressSpace = 1, FromArena = 1;

    private void SelectBinary(Value value)
    {
        Value left = value.Arguments[0], right = value.Arguments[1];
        (int operation, int offset) = s_alu[value.Op];
        if (value.Op.Has(OpTraits.Commutative) && (left.Op == Op.Const || (right.Op != Op.Const && _useCounts[left.Id] > 1 && _useCounts[right.Id] == 1)))
        {
            (left, right) = (right, left);
        }
        int @class = ClassOf(value.Op == Op.PtrDiff ? IrType.I64 : value.Type);
        if (FarStep(value, right) is { } step)
        {
            int sum = _machine.NewRegister();
            Emit(@class | AluOperation.Move, sum, immediate: step);
            Emit(@class | AluOperation.Add | OperandSource.Register, sum, Use(left));
            Define(value, sum);
            return;
        }
        int result = Copy(left);
        if (right is { Op: Op.Const, Core: not null } && right.Immediate == (int)right.Immediate && value.Op is Op.Add or Op.Shl or Op.LShr or Op.AShr)
        {
            Emit(@class | operation, result, immediate: right.Immediate).Core = right.Core;
        }
        else if (FitsImmediate(right))
        {
            long immediate = (int)right.Immediate;
            if (value.Op == Op.Sub && immediate != int.MinValue) (operation, immediate) = (AluOperation.Add, -immediate);
            if (value.Op is Op.Shl or Op.LShr or Op.AShr) immediate &= value.Type.IsI32 ? 31 : 63;
            Emit(@class | operation, result, offset: offset, immediate: immediate);
        }
        else
        {
            Emit(@class | operation | OperandSource.Register, result, Use(right), offset);
        }
        Define(value, result);
    }

    /// <summary>
    /// A constant that is added to what an address is computed from, and is beyond what the verifier takes for an offset; null for anything else. The verifier (6.13 and
    /// later) remembers of a sum with a constant how far it is from the other register, and takes that for an offset of the address, whatever was compared since. Of a
    /// constant to which the register is added it does not.
    /// </summary>
    private long? FarStep(Value value, Value right)
    {
        const long LargestOffset = 1 << 29;
        if (value.Op is not (Op.Add or Op.Sub) || right is not { Op: Op.Const, Core: null } || !FitsImmediate(right)) return null;
        long step = value.Op == Op.Sub ? -(long)(int)right.Immediate : (int)right.Immediate;
        if (Math.Abs(step) < LargestOffset || step != (int)step) return null;
        return (_indices ??= IndexChains.Find(_function, throughPhis: true))[value.Id] ? step : null;
    }

    private void SelectPointerAddition(Value value)
    {
        Value pointer = value.Arguments[0];
        if (value.Arguments.Count == 1)
        {
            if (pointer.Op == Op.SlotAddress) return;
            Define(value, PointerPlus(pointer, value.Immediate));
            return;
        }
        Value index = value.Arguments[1];
        int result;
        // A number to which the verifier adds a stack's pointer keeps the frame of the pointer that was in its register before: the pointer stays on the left.
        bool isStack = pointer.Type.Region is Region.Stack or Region.Unknown;
        if (!isStack && _useCounts[index.Id] == 1 && _useCounts[pointer.Id] > 1 && index.Op != Op.Const)
        {
            int from = Use(pointer);
            result = Copy(index);
            Emit(OpcodeClass.Alu64 | AluOperation.Add | OperandSource.Register, result, from);
        }
        else
        {
            result = Copy(pointer);
            if (FitsImmediate(index)) Emit(OpcodeClass.Alu64 | AluOperation.Add, result, immediate: index.Immediate);
            else Emit(OpcodeClass.Alu64 | AluOperation.Add | OperandSource.Register, result, Use(index));
        }
        if (value.Immediate != 0) Emit(OpcodeClass.Alu64 | AluOperation.Add, result, immediate: checked((int)value.Immediate));
        Define(value, result);
    }

    /// <summary>A new register with <paramref name="pointer"/> plus a constant.</summary>
    private int PointerPlus(Value pointer, long bytes)
    {
        int result = _machine.NewRegister();
        if (pointer.Op == Op.SlotAddress)
        {
            Move(result, Register.Frame);
            Emit(OpcodeClass.Alu64 | AluOperation.Add, result, immediate: bytes).Slot = SlotOf(pointer);
            return result;
        }
        if (pointer.Op == Op.GlobalAddress)
        {
            MaterialiseInto(result, pointer);
            _block.Instructions[_block.Instructions.Count - 1].Immediate += bytes;
            return result;
        }
        CopyInto(result, pointer);
        if (bytes != 0) Emit(OpcodeClass.Alu64 | AluOperation.Add, result, immediate: checked((int)bytes));
        return result;
    }

    private void SelectSignExtension(Value value)
    {
        int bits = value.Op == Op.SExt8 ? 8 : value.Op == Op.SExt16 ? 16 : 32;
        if (_instructionSet >= 4)
        {
            int extended = _machine.NewRegister();
            Emit(ClassOf(value.Type) | AluOperation.Move | OperandSource.Register, extended, Use(value.Arguments[0]), bits);
            Define(value, extended);
            return;
        }
        int shift = (value.Type.IsI32 ? 32 : 64) - bits;
        int result = Copy(value.Arguments[0]);
        Emit(ClassOf(value.Type) | AluOperation.ShiftLeft, result, immediate: shift);
        Emit(ClassOf(value.Type) | AluOperation.ShiftRightArithmetic, result, immediate: shift);
        Define(value, result);
    }

    private static int ClassOf(IrType type) => type.IsI32 ? OpcodeClass.Alu32 : OpcodeClass.Alu64;
}
