using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>Makes values for passes that rewrite an operation into others; constants are computed at once.</summary>
internal sealed class Emitter(Function function)
{
    private List<Value> _output = [];
    private Block? _block;
    private int _debugId;

    /// <summary>Lets new values go to the end of a block's values, or of <paramref name="output"/>.</summary>
    internal void At(Block block, int debugId, List<Value>? output = null)
    {
        _block = block;
        _debugId = debugId;
        _output = output ?? block.Values;
    }

    /// <summary>An operation.</summary>
    internal Value Add(Op op, IrType type, params Value[] arguments)
    {
        if (ConstantFolder.TryFold(op, type, arguments, out long constant)) return Const(type, constant);
        Value value = function.NewValue(op, type, arguments);
        return Put(value);
    }

    /// <summary>A value that was made elsewhere.</summary>
    internal Value Put(Value value)
    {
        value.DebugId = _debugId;
        value.Block = _block;
        _output.Add(value);
        return value;
    }

    /// <summary>A constant; an i32's is sign-extended.</summary>
    internal Value Const(IrType type, long constant)
    {
        Value value = function.NewValue(Op.Const, type);
        value.Immediate = type.IsI32 ? (int)constant : constant;
        return Put(value);
    }

    /// <summary>An operation with a constant.</summary>
    internal Value Add(Op op, Value left, long right) => Add(op, left.Type, left, Const(left.Type, right));

    /// <summary>A load.</summary>
    internal Value Load(IrType type, Access access, Value address, long offset, int alignment = 0)
    {
        Value value = function.NewValue(Op.Load, type, address);
        value.Access = access;
        value.Immediate = offset;
        value.Alignment = alignment;
        return Put(value);
    }

    /// <summary>A store.</summary>
    internal void Store(Access access, Value address, long offset, Value stored, int alignment = 0)
    {
        Value value = function.NewValue(Op.Store, IrType.Void, address, stored);
        value.Access = access;
        value.Immediate = offset;
        value.Alignment = alignment;
        Put(value);
    }

    /// <summary>The low <paramref name="size"/> bytes of an integer, extended to its width.</summary>
    internal Value Extend(Value value, int size, bool signed)
    {
        if (size >= (value.Type.IsI32 ? 4 : 8)) return value;
        if (size == 4) return Add(signed ? Op.SExt32 : Op.ZExt32, IrType.I64, Add(Op.Trunc, IrType.I32, value));
        return Add((size, signed) switch { (1, false) => Op.ZExt8, (2, false) => Op.ZExt16, (1, true) => Op.SExt8, _ => Op.SExt16 }, value.Type, value);
    }

    /// <summary>An integer as another type: the low half of an i64, or an i32 extended.</summary>
    internal Value Convert(Value value, IrType type, bool signed)
    {
        if (value.Type == type || value.Type.IsPointer) return value;
        return type.IsI32 ? Add(Op.Trunc, type, value) : Add(signed ? Op.SExt32 : Op.ZExt32, type, value);
    }
}
