namespace BpfSharp.Compiler.IR;

/// <summary>The rules about one value: its arguments' types, its immediate and symbol, its successors.</summary>
internal sealed class ValueRules(Function function, Module? module)
{
    private readonly Dictionary<string, Function>? _functions = module?.Functions.ToDictionary(static f => f.Name);
    private readonly HashSet<string>? _maps = module is null ? null : [.. module.Maps.Select(static m => m.Name)];
    private readonly HashSet<string>? _globals = module is null ? null : [.. module.Globals.Select(static g => g.Name)];

    /// <summary>What is wrong with a value, null if nothing is.</summary>
    internal string? Violation(Block block, Value value)
    {
        int expected = value.Op.ArgumentCount();
        if (expected >= 0 && value.Arguments.Count != expected) return $"{expected} arguments expected";
        foreach (Value argument in value.Arguments)
        {
            if (argument.Type.Kind == TypeKind.Void) return $"the argument %{argument.Id} has no value";
        }
        return value.Op switch
        {
            Op.Const => Integer(value) ?? (value.Type.IsI32 && value.Immediate != (int)value.Immediate ? "an i32 constant out of range" : null),
            Op.Parameter => Parameter(value),
            Op.SlotAddress => Address(value, value.Immediate >= 0 && value.Immediate < function.Slots.Count),
            Op.GlobalAddress => Address(value, _globals is null || _globals.Contains(value.Symbol ?? "")),
            Op.MapAddress => Address(value, _maps is null || _maps.Contains(value.Symbol ?? "")),
            Op.FunctionAddress => Address(value, _functions is null || _functions.ContainsKey(value.Symbol ?? "")),
            >= Op.Add and <= Op.AShr => Same(value) ?? (value.Arguments[0].Type != value.Type ? "the result's type is not the arguments'" : NotPointer(value)),
            Op.Neg or Op.ZExt8 or Op.ZExt16 or Op.SExt8 or Op.SExt16 or Op.Swap16 or Op.Swap32 or Op.Swap64 =>
                value.Arguments[0].Type != value.Type ? "the result's type is not the argument's" : NotPointer(value),
            Op.ZExt32 or Op.SExt32 => value.Type != IrType.I64 || !value.Arguments[0].Type.IsI32 ? "i32 to i64 expected" : null,
            Op.Trunc => !value.Type.IsI32 || value.Arguments[0].Type != IrType.I64 ? "i64 to i32 expected" : null,
            >= Op.Eq and <= Op.SLe => !value.Type.IsI32 ? "a comparison is an i32" : Same(value),
            Op.PtrAdd => PtrAdd(value),
            Op.PtrDiff => value.Type != IrType.I64 || !value.Arguments.TrueForAll(static a => a.Type.IsPointer) ? "pointers to i64 expected" : null,
            Op.Load => Memory(value) ?? Accessed(value, value.Type),
            Op.Store or Op.KernelWrite => Memory(value) ?? Nothing(value) ?? Accessed(value, value.Arguments[1].Type),
            Op.Copy => Nothing(value) ?? (!value.Arguments.TrueForAll(static a => a.Type.IsPointer) ? "two pointers expected" : Size(value)),
            Op.Zero => Nothing(value) ?? (!value.Arguments[0].Type.IsPointer ? "a pointer expected" : Size(value)),
            >= Op.AtomicAdd and <= Op.AtomicCompareExchange => Atomic(value),
            >= Op.CallHelper and <= Op.CallFunction => Call(value),
            Op.Phi => Phi(block, value),
            Op.KernelRead => Memory(value) ?? Accessed(value, value.Type),
            Op.KernelFollow => Memory(value) ?? (value.Type.IsPointer && value.Access == Access.U64 ? null : "a pointer of 8 bytes expected"),
            Op.AddressOf => value.Type != IrType.I64 || !value.Arguments[0].Type.IsPointer ? "pointer to i64 expected" : null,
            Op.PointerTo => !value.Type.IsPointer || value.Arguments[0].Type != IrType.I64 ? "i64 to pointer expected" : null,
            Op.ArenaAddress => value.Type != IrType.Pointer(Region.Arena) || !value.Arguments[0].Type.IsPointer || value.Arguments[1].Type != IrType.I64 ? "pointer and i64 to ptr.arena expected" : null,
            Op.Opaque => value.Arguments[0].Type != value.Type ? "the result's type is not the argument's" : null,
            _ => Terminator(block, value),
        };
    }

    private static string? Integer(Value value) => value.Type.Kind == TypeKind.Void ? "a constant needs a type"
        : value.Type.IsPointer && value.Immediate != 0 ? "a constant pointer is null" : null;

    private string? Parameter(Value value) =>
        value.Immediate < 0 || value.Immediate >= function.Parameters.Count ? "no such parameter"
        : function.Parameters[(int)value.Immediate].Type.Kind != value.Type.Kind ? "the type is not the parameter's" : null;

    private static string? Address(Value value, bool exists) => !value.Type.IsPointer ? "an address is a pointer" : exists ? null : "no such symbol or slot";

    private static string? NotPointer(Value value) => value.Type.IsPointer ? "arithmetic on a pointer" : null;

    private static string? Nothing(Value value) => value.Type.Kind != TypeKind.Void ? "it has no result" : null;

    private static string? Same(Value value) =>
        value.Arguments[0].Type.Kind != value.Arguments[1].Type.Kind ? "the arguments' types differ" : null;

    private static string? Size(Value value) => value.Immediate is <= 0 or > 1 << 20 ? "the size is out of range" : null;

    private static string? PtrAdd(Value value) =>
        value.Arguments.Count is not (1 or 2) ? "one or two arguments expected"
        : !value.Type.IsPointer || !value.Arguments[0].Type.IsPointer ? "a pointer expected"
        : value.Arguments.Count == 2 && value.Arguments[1].Type != IrType.I64 ? "the offset is an i64" : null;

    private static string? Memory(Value value) => !value.Arguments[0].Type.IsPointer ? "the address is not a pointer"
        : value.Access == Access.None ? "the access's width is missing" : null;

    /// <summary>Pointers are in memory as 8 bytes; the context holds packet pointers as 4.</summary>
    private static string? Accessed(Value value, IrType type) =>
        type.Kind == TypeKind.Void ? "a type is missing"
        : type.IsI32 && value.Access.Size() == 8 ? "8 bytes of an i32"
        : type.IsI32 && value.Access == Access.S32 ? "a 4-byte access to an i32 is u32"
        : type.IsPointer && value.Access is not (Access.U64 or Access.U32) ? "a pointer has 8 bytes"
        : value.Op is Op.Store or Op.KernelWrite && value.Access.IsSigned() ? "a store has no sign" : null;

    private static string? Atomic(Value value)
    {
        if (Memory(value) is { } violation) return violation;
        if (value.Access is not (Access.U32 or Access.U64)) return "an atomic operation has 4 or 8 bytes";
        bool gives = value.Op >= Op.AtomicFetchAdd;
        if (gives == (value.Type.Kind == TypeKind.Void)) return gives ? "the old value's type is missing" : "it has no result";
        for (int i = 1; i < value.Arguments.Count; i++)
        {
            if (value.Arguments[i].Type.IsI32 != (value.Access == Access.U32)) return "an operand's width is not the access's";
        }
        return null;
    }

    private string? Call(Value value)
    {
        if (value.Op != Op.CallFunction) return value.Arguments.Count > 5 ? "more than five arguments" : null;
        if (value.Symbol is null) return "the function's name is missing";
        if (_functions is null) return null;
        if (!_functions.TryGetValue(value.Symbol, out Function? callee)) return "no such function";
        if (callee.ReturnType.Kind != value.Type.Kind) return "the result's type is not the function's";
        if (callee.Parameters.Count != value.Arguments.Count) return "the number of arguments is not the function's";
        for (int i = 0; i < value.Arguments.Count; i++)
        {
            if (callee.Parameters[i].Type.Kind != value.Arguments[i].Type.Kind) return $"the type of argument {i} is not the parameter's";
        }
        return null;
    }

    private static string? Phi(Block block, Value value)
    {
        if (value.Arguments.Count != block.Predecessors.Count) return $"{block.Predecessors.Count} arguments expected, one for each predecessor";
        foreach (Value argument in value.Arguments)
        {
            if (argument.Type.Kind != value.Type.Kind) return $"the type of %{argument.Id} is not the phi's";
            if (value.Type.Region != Region.Unknown && argument.Type.Region != value.Type.Region && argument.Op != Op.Const)
                return $"the region of %{argument.Id} is not the phi's";
        }
        return null;
    }

    private string? Terminator(Block block, Value value)
    {
        int successors = value.Op switch { Op.Jump => 1, Op.Branch => 2, _ => 0 };
        if (block.Successors.Count != successors) return $"{successors} successors expected";
        if (value.Op == Op.Branch && !value.Arguments[0].Type.IsI32) return "the condition is an i32";
        if (value.Op != Op.Return) return null;
        bool gives = function.ReturnType.Kind != TypeKind.Void;
        if (value.Arguments.Count != (gives ? 1 : 0)) return "the number of results is not the function's";
        return gives && value.Arguments[0].Type.Kind != function.ReturnType.Kind ? "the result's type is not the function's" : null;
    }
}
