namespace BpfSharp.Compiler.IR;

/// <summary>Appends values to the current block of a function; what the front end and the tests write IR with.</summary>
public sealed class FunctionBuilder(Function function)
{
    /// <summary>The function that is written.</summary>
    public Function Function { get; } = function;

    /// <summary>Where values go.</summary>
    public Block Block { get; private set; } = function.Blocks.Count > 0 ? function.Entry : function.AddBlock();

    /// <summary>The source position given to new values.</summary>
    public int DebugId { get; set; }

    /// <summary>Whether the current block has ended, so that what follows is unreachable.</summary>
    public bool IsTerminated => Block.IsTerminated;

    /// <summary>Makes a new block, which stays unconnected.</summary>
    public Block NewBlock() => Function.AddBlock();

    /// <summary>Goes on in <paramref name="block"/>.</summary>
    public void Continue(Block block) => Block = block;

    /// <summary>Appends any operation.</summary>
    public Value Add(Op op, IrType type, params Value[] arguments)
    {
        Value value = Function.NewValue(op, type, arguments);
        value.DebugId = DebugId;
        return Block.Append(value);
    }

    /// <summary>A 32-bit constant.</summary>
    public Value Const32(int value) => Constant(IrType.I32, value);

    /// <summary>A 64-bit constant.</summary>
    public Value Const64(long value) => Constant(IrType.I64, value);

    /// <summary>A constant of a type; an i32's is kept sign-extended.</summary>
    public Value Constant(IrType type, long value)
    {
        Value constant = Add(Op.Const, type);
        constant.Immediate = type.IsI32 ? (int)value : value;
        return constant;
    }

    /// <summary>A null pointer.</summary>
    public Value Null(Region region = Region.Unknown) => Constant(IrType.Pointer(region), 0);

    /// <summary>A parameter's value.</summary>
    public Value Parameter(int index)
    {
        Value value = Add(Op.Parameter, Function.Parameters[index].Type);
        value.Immediate = index;
        value.Name = Function.Parameters[index].Name;
        return value;
    }

    /// <summary>The address of a slot.</summary>
    public Value Address(Slot slot)
    {
        Value value = Add(Op.SlotAddress, IrType.Pointer(Region.Stack));
        value.Immediate = slot.Index;
        return value;
    }

    /// <summary>The address of a global.</summary>
    public Value GlobalAddress(string name)
    {
        Value value = Add(Op.GlobalAddress, IrType.Pointer(Region.Data));
        value.Symbol = name;
        return value;
    }

    /// <summary>A map.</summary>
    public Value MapAddress(string name)
    {
        Value value = Add(Op.MapAddress, IrType.Pointer(Region.Map));
        value.Symbol = name;
        return value;
    }

    /// <summary>A function's address, for a callback.</summary>
    public Value FunctionAddress(string name)
    {
        Value value = Add(Op.FunctionAddress, IrType.Pointer(Region.Function));
        value.Symbol = name;
        return value;
    }

    /// <summary>An operation of two arguments of the same type as its result.</summary>
    public Value Binary(Op op, Value left, Value right) => Add(op, left.Type, left, right);

    /// <summary>A comparison.</summary>
    public Value Compare(Op op, Value left, Value right) => Add(op, IrType.I32, left, right);

    /// <summary>A pointer some bytes on.</summary>
    public Value Offset(Value pointer, long bytes)
    {
        if (bytes == 0) return pointer;
        Value value = Add(Op.PtrAdd, pointer.Type, pointer);
        value.Immediate = bytes;
        return value;
    }

    /// <summary>A pointer plus an i64 number of bytes.</summary>
    public Value PtrAdd(Value pointer, Value bytes) => Add(Op.PtrAdd, pointer.Type, pointer, bytes);

    /// <summary>A load.</summary>
    public Value Load(IrType type, Access access, Value address, long offset = 0)
    {
        Value value = Add(Op.Load, type, address);
        value.Access = access;
        value.Immediate = offset;
        return value;
    }

    /// <summary>A store.</summary>
    public void Store(Access access, Value address, Value stored, long offset = 0)
    {
        Value value = Add(Op.Store, IrType.Void, address, stored);
        value.Access = access;
        value.Immediate = offset;
    }

    /// <summary>A copy of <paramref name="size"/> bytes of a type with this alignment.</summary>
    public void Copy(Value to, Value from, int size, int alignment = 0)
    {
        if (size == 0) return;
        Value copy = Add(Op.Copy, IrType.Void, to, from);
        copy.Immediate = size;
        copy.Alignment = alignment;
    }

    /// <summary><paramref name="size"/> zero bytes of a type with this alignment.</summary>
    public void Zero(Value address, int size, int alignment = 0)
    {
        if (size == 0) return;
        Value zero = Add(Op.Zero, IrType.Void, address);
        zero.Immediate = size;
        zero.Alignment = alignment;
    }

    /// <summary>An atomic operation.</summary>
    public Value Atomic(Op op, IrType type, Access access, Value address, params Value[] operands)
    {
        Value value = Add(op, type, [address, .. operands]);
        value.Access = access;
        return value;
    }

    /// <summary>A call of a kernel helper.</summary>
    public Value CallHelper(int helper, IrType type, params Value[] arguments)
    {
        Value value = Add(Op.CallHelper, type, arguments);
        value.Immediate = helper;
        return value;
    }

    /// <summary>A call of a kernel function (kfunc); <see cref="KernelFunctions"/> has its type.</summary>
    public Value CallKernel(string name, IrType type, params Value[] arguments)
    {
        Value value = Add(Op.CallKernel, type, arguments);
        value.Symbol = name;
        return value;
    }

    /// <summary>A call of a function of the module.</summary>
    public Value CallFunction(string name, IrType type, params Value[] arguments)
    {
        Value value = Add(Op.CallFunction, type, arguments);
        value.Symbol = name;
        return value;
    }

    /// <summary>Ends the block with a jump, unless it has ended.</summary>
    public void Jump(Block target)
    {
        if (!IsTerminated) Block.Terminate(Terminator(Op.Jump), target);
    }

    /// <summary>Ends the block with a branch on an i32, unless it has ended.</summary>
    public void Branch(Value condition, Block whenTrue, Block whenFalse)
    {
        if (!IsTerminated) Block.Terminate(Terminator(Op.Branch, condition), whenTrue, whenFalse);
    }

    /// <summary>Ends the block with a return, unless it has ended.</summary>
    public void Return(Value? result)
    {
        if (!IsTerminated) Block.Terminate(result is null ? Terminator(Op.Return) : Terminator(Op.Return, result));
    }

    /// <summary>Ends the block with a fault, unless it has ended.</summary>
    public void Fault()
    {
        if (!IsTerminated) Block.Terminate(Terminator(Op.Fault));
    }

    private Value Terminator(Op op, params Value[] arguments)
    {
        Value value = Function.NewValue(op, IrType.Void, arguments);
        value.DebugId = DebugId;
        return value;
    }
}
