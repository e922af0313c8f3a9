using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>Inserts values into a block, one behind the other, from a place on.</summary>
internal sealed class Writer(Function function, Block block, int index, int debugId)
{
    private int _index = index;

    /// <summary>The place in the C# source of what is inserted.</summary>
    internal int DebugId => debugId;

    /// <summary>Inserts any operation.</summary>
    internal Value Add(Op op, IrType type, params Value[] arguments) => block.Insert(_index++, New(op, type, arguments));

    /// <summary>Makes a value that is in no block yet.</summary>
    internal Value New(Op op, IrType type, params Value[] arguments)
    {
        Value value = function.NewValue(op, type, arguments);
        value.DebugId = debugId;
        return value;
    }

    internal Value Const32(int value) => Constant(IrType.I32, value);

    internal Value Const64(long value) => Constant(IrType.I64, value);

    internal Value Binary(Op op, Value left, Value right) => Add(op, left.Type, left, right);

    internal Value Slot(int slot)
    {
        Value value = Add(Op.SlotAddress, IrType.Pointer(Region.Stack));
        value.Immediate = slot;
        return value;
    }

    internal Value Load(IrType type, Access access, Value address, long offset = 0)
    {
        Value value = Add(Op.Load, type, address);
        (value.Access, value.Immediate) = (access, offset);
        return value;
    }

    internal void Store(Access access, Value address, Value stored, long offset = 0)
    {
        Value value = Add(Op.Store, IrType.Void, address, stored);
        (value.Access, value.Immediate) = (access, offset);
    }

    private Value Constant(IrType type, long constant)
    {
        Value value = Add(Op.Const, type);
        value.Immediate = constant;
        return value;
    }
}
