using BpfSharp.Compiler.IR;
using BpfSharp.Objects.Instructions;

namespace BpfSharp.Compiler.Target;

internal sealed partial class Selection
{
    private static readonly Dictionary<Op, int> s_atomics = new()
    {
        [Op.AtomicAdd] = AtomicOperation.Add,
        [Op.AtomicAnd] = AtomicOperation.And,
        [Op.AtomicOr] = AtomicOperation.Or,
        [Op.AtomicXor] = AtomicOperation.Xor,
        [Op.AtomicFetchAdd] = AtomicOperation.Add | AtomicOperation.Fetch,
        [Op.AtomicFetchAnd] = AtomicOperation.And | AtomicOperation.Fetch,
        [Op.AtomicFetchOr] = AtomicOperation.Or | AtomicOperation.Fetch,
        [Op.AtomicFetchXor] = AtomicOperation.Xor | AtomicOperation.Fetch,
        [Op.AtomicExchange] = AtomicOperation.Exchange,
        [Op.AtomicCompareExchange] = AtomicOperation.CompareExchange,
    };

    private void SelectMemory(Value value)
    {
        int size = MemorySize.FromBytes(value.Access.Size());
        (int address, FrameSlot? slot, long offset) = Address(value.Arguments[0], value.Immediate);
        _region = value.Arguments[0].Type.Region;
        switch (value.Op)
        {
            case Op.Load:
                int mode = value.Access.IsSigned() ? MemoryMode.MemorySignExtend : MemoryMode.Memory;
                int result = _machine.NewRegister();
                Memory(OpcodeClass.LoadIndirect | mode | size, result, address, slot, offset).Core = value.Core;
                Define(value, result);
                break;
            case Op.Store when FitsImmediate(value.Arguments[1]):
                MachineInstruction store = Memory(OpcodeClass.Store | MemoryMode.Memory | size, address, -1, slot, offset);
                store.Immediate = (int)value.Arguments[1].Immediate;
                store.Core = value.Core;
                break;
            case Op.Store:
                Memory(OpcodeClass.StoreIndirect | MemoryMode.Memory | size, address, Use(value.Arguments[1]), slot, offset).Core = value.Core;
                break;
            case Op.AtomicCompareExchange:
                int replacement = Use(value.Arguments[2]);
                CopyInto(0, value.Arguments[1]);
                Atomic(address, replacement);
                int old = _machine.NewRegister();
                Move(old, 0);
                Define(value, old);
                break;
            default:
                // The operations that fetch write the old value to the source register.
                bool fetches = (s_atomics[value.Op] & AtomicOperation.Fetch) != 0;
                int operand = fetches ? Copy(value.Arguments[1]) : Use(value.Arguments[1]);
                Atomic(address, operand);
                if (fetches) Define(value, operand);
                break;
        }

        void Atomic(int destination, int source) =>
            Memory(OpcodeClass.StoreIndirect | MemoryMode.Atomic | size, destination, source, slot, offset).Immediate = s_atomics[value.Op];
    }

    /// <summary>The base register, frame slot and offset of an access.</summary>
    private (int Register, FrameSlot? Slot, long Offset) Address(Value pointer, long offset)
    {
        if (pointer.Op == Op.SlotAddress) return (Register.Frame, SlotOf(pointer), offset);
        if (pointer.Op == Op.PtrAdd && pointer.Arguments.Count == 1 && pointer.Arguments[0].Op == Op.SlotAddress)
        {
            return (Register.Frame, SlotOf(pointer.Arguments[0]), offset + pointer.Immediate);
        }
        if (offset is >= short.MinValue and <= short.MaxValue) return (Use(pointer), null, offset);
        return (PointerPlus(pointer, offset), null, 0);
    }

    private MachineInstruction Memory(int code, int destination, int source, FrameSlot? slot, long offset)
    {
        MachineInstruction instruction = Emit(code, destination, source, checked((int)offset));
        instruction.Slot = slot;
        instruction.Region = _region;
        return instruction;
    }
}
