using BpfSharp.Compiler.IR;
using BpfSharp.Objects;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Compiler.Tests.Random;

/// <summary>Makes modules as the front end would: variables and structs in slots, branches, bounded loops, helper calls, narrow integers.</summary>
public sealed class RandomFunctions(int seed)
{
    private readonly System.Random _random = new(seed);
    private FunctionBuilder _b = null!;
    private readonly List<(Slot Slot, IrType Type, Access Access)> _variables = [];
    private readonly List<Slot> _structs = [];
    private int _budget;

    private static readonly Op[] s_binary =
        [Op.Add, Op.Sub, Op.Mul, Op.UDiv, Op.SDiv, Op.UMod, Op.SMod, Op.And, Op.Or, Op.Xor, Op.Shl, Op.LShr, Op.AShr];

    private static readonly Op[] s_unary =
        [Op.Neg, Op.Swap16, Op.Swap32, Op.ZExt8, Op.ZExt16, Op.SExt8, Op.SExt16];

    /// <summary>A module with the program <c>f</c> of the parameters (i64, i64, i32) and two functions that it may call.</summary>
    /// <param name="statements">About how many statements the program has; 0 for a few.</param>
    public Module Make(int statements = 0)
    {
        Module module = new();
        module.Maps.Add(new MapSpec { Name = "m", Type = MapType.Hash, KeySize = 8, ValueSize = 16, MaxEntries = 10 });
        module.Globals.Add(new Global("g", ".bss", 16, 8, 0, []));
        module.Globals.Add(new Global("r", ".rodata", 16, 8, 0, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]));
        module.Functions.Add(Function("leaf", 6, []));
        module.Functions.Add(Function("middle", 10, ["leaf"]));
        module.Functions.Add(Function("f", statements > 0 ? statements : _random.Next(10, 60), ["leaf", "middle"]));
        return module;
    }

    private Function Function(string name, int budget, string[] callees)
    {
        Function function = new(name) { ReturnType = IrType.I64, Section = name == "f" ? "xdp" : ".text" };
        function.Parameters.Add(new Parameter(IrType.I64, "a"));
        function.Parameters.Add(new Parameter(IrType.I64, "b"));
        function.Parameters.Add(new Parameter(IrType.I32, "c"));
        _b = new FunctionBuilder(function);
        _variables.Clear();
        _structs.Clear();
        _budget = budget;
        for (int i = 0; i < _random.Next(2, 7); i++)
        {
            Access access = (Access)_random.Next(1, 7);
            IrType type = access == Access.U64 ? IrType.I64 : IrType.I32;
            _variables.Add((function.AddSlot(access.Size(), access.Size(), $"v{i}"), type, access));
        }
        for (int i = 0; i < _random.Next(0, 4); i++) _structs.Add(function.AddSlot(_random.Next(2, 6) * 4, 4, $"s{i}"));
        // C# assigns every variable before it is read.
        foreach ((Slot slot, _, _) in _variables) _b.Zero(_b.Address(slot), slot.Size);
        foreach (Slot slot in _structs) _b.Zero(_b.Address(slot), slot.Size);
        for (int i = 0; i < 3; i++)
        {
            Value parameter = _b.Parameter(i);
            (Slot slot, IrType type, Access access) = _variables[_random.Next(_variables.Count)];
            _b.Store(Unsigned(access), _b.Address(slot), Narrow(Convert(parameter, type), access));
        }
        do Statements(3, callees);
        while (_budget > 0 && budget >= 100);
        Value result = _b.Const64(0);
        foreach ((Slot slot, IrType type, Access access) in _variables)
        {
            Value loaded = Convert(_b.Load(type, access, _b.Address(slot)), IrType.I64);
            result = _b.Binary(Op.Add, _b.Binary(Op.Mul, result, _b.Const64(31)), loaded);
        }
        foreach (Slot slot in _structs)
        {
            for (int i = 0; i < slot.Size; i += 4)
            {
                Value loaded = _b.Load(IrType.I64, Access.U32, _b.Address(slot), i);
                result = _b.Binary(Op.Add, _b.Binary(Op.Mul, result, _b.Const64(37)), loaded);
            }
        }
        _b.Return(result);
        return function;
    }

    private void Statements(int depth, string[] callees)
    {
        int count = _random.Next(1, 6);
        for (int i = 0; i < count && _budget > 0; i++) Statement(depth, callees);
    }

    private void Statement(int depth, string[] callees)
    {
        _budget--;
        switch (_random.Next(14))
        {
            case 0 or 1 when depth > 0: If(depth, callees); break;
            case 2 when depth > 0: Loop(depth, callees); break;
            case 3 when _structs.Count > 0: StructAccess(); break;
            case 4 when _structs.Count > 1: StructCopy(); break;
            case 5: Map(depth, callees); break;
            case 6: Global(); break;
            case 7 when callees.Length > 0:
                Assign(_b.CallFunction(callees[_random.Next(callees.Length)], IrType.I64, Expression(IrType.I64, 1), Expression(IrType.I64, 1), Expression(IrType.I32, 1)));
                break;
            case 8: Guard(); break;
            case 9 or 10: Indexed(); break;
            default: Assign(Expression(_random.Next(2) == 0 ? IrType.I32 : IrType.I64, 3)); break;
        }
    }

    private void Assign(Value value)
    {
        (Slot slot, IrType type, Access access) = _variables[_random.Next(_variables.Count)];
        _b.Store(Unsigned(access), _b.Address(slot), Narrow(Convert(value, type), access));
    }

    private void If(int depth, string[] callees)
    {
        Block yes = _b.NewBlock(), no = _b.NewBlock(), after = _b.NewBlock();
        _b.Branch(Condition(2), yes, no);
        _b.Continue(yes);
        Statements(depth - 1, callees);
        _b.Jump(after);
        _b.Continue(no);
        if (_random.Next(2) == 0) Statements(depth - 1, callees);
        _b.Jump(after);
        _b.Continue(after);
    }

    private void Guard()
    {
        Block bad = _b.NewBlock(), after = _b.NewBlock();
        Value left = Expression(IrType.I32, 1);
        _b.Branch(_b.Compare(Op.ULe, _b.Const32(-_random.Next(1, 1000)), left), bad, after);
        _b.Continue(bad);
        if (_random.Next(2) == 0) _b.Fault();
        else _b.Return(_b.Const64(_random.Next(3)));
        _b.Continue(after);
    }

    private void Loop(int depth, string[] callees)
    {
        Slot counter = _b.Function.AddSlot(4, 4, "i");
        Block head = _b.NewBlock(), body = _b.NewBlock(), after = _b.NewBlock();
        _b.Store(Access.U32, _b.Address(counter), _b.Const32(_random.Next(-1, 2)));
        _b.Jump(head);
        _b.Continue(head);
        int bound = _random.Next(0, 5);
        Value i = _b.Load(IrType.I32, Access.U32, _b.Address(counter));
        _b.Branch(_b.Compare(_random.Next(2) == 0 ? Op.SLt : Op.SLe, i, _b.Const32(bound)), body, after);
        _b.Continue(body);
        Assign(_b.Load(IrType.I32, Access.U32, _b.Address(counter)));
        Statements(depth - 1, callees);
        if (_random.Next(3) == 0)
        {
            Block go = _b.NewBlock();
            _b.Branch(Condition(1), after, go);
            _b.Continue(go);
        }
        Value next = _b.Binary(Op.Add, _b.Load(IrType.I32, Access.U32, _b.Address(counter)), _b.Const32(_random.Next(1, 3)));
        _b.Store(Access.U32, _b.Address(counter), next);
        _b.Jump(head);
        _b.Continue(after);
    }

    private void StructAccess()
    {
        Slot slot = _structs[_random.Next(_structs.Count)];
        int size = 1 << _random.Next(4);
        if (size > slot.Size) size = 4;
        int offset = _random.Next((slot.Size - size) / Math.Min(size, 4) + 1) * Math.Min(size, 4);
        IrType type = size == 8 || _random.Next(3) == 0 ? IrType.I64 : IrType.I32;
        switch (_random.Next(3))
        {
            case 0:
                bool signed = size < 4 && _random.Next(2) == 0;
                Assign(_b.Load(type, AccessExtensions.OfSize(size, signed), _b.Address(slot), offset));
                break;
            case 1:
                _b.Zero(_b.Offset(_b.Address(slot), offset), size);
                break;
            default:
                _b.Store(AccessExtensions.OfSize(size), _b.Offset(_b.Address(slot), offset), Expression(type, 2));
                break;
        }
    }

    private void StructCopy()
    {
        Slot to = _structs[_random.Next(_structs.Count)], from = _structs[_random.Next(_structs.Count)];
        if (to == from) return;
        int size = _random.Next(1, Math.Min(to.Size, from.Size) / 4 + 1) * 4;
        _b.Copy(_b.Offset(_b.Address(to), to.Size - size), _b.Offset(_b.Address(from), from.Size - size), size);
    }

    private void Map(int depth, string[] callees)
    {
        Slot key = _b.Function.AddSlot(8, 8, "key");
        _b.Zero(_b.Address(key), 8);
        _b.Store(Access.U32, _b.Address(key), _b.Binary(Op.And, Expression(IrType.I32, 1), _b.Const32(3)));
        if (_random.Next(2) == 0)
        {
            Slot value = _b.Function.AddSlot(16, 8, "value");
            _b.Zero(_b.Address(value), 16);
            if (_structs.Count > 0 && _structs[0].Size >= 16 && _random.Next(2) == 0) _b.Copy(_b.Address(value), _b.Address(_structs[0]), 16);
            _b.Store(Access.U64, _b.Address(value), Expression(IrType.I64, 1));
            _b.CallHelper(2, IrType.I64, _b.MapAddress("m"), _b.Address(key), _b.Address(value), _b.Const64(0));
            return;
        }
        Slot holder = _b.Function.AddSlot(8, 8, "ref");
        _b.Store(Access.U64, _b.Address(holder), _b.CallHelper(1, IrType.Pointer(Region.MapValue), _b.MapAddress("m"), _b.Address(key)));
        Block some = _b.NewBlock(), after = _b.NewBlock();
        _b.Branch(_b.Compare(Op.Ne, _b.Load(IrType.Pointer(), Access.U64, _b.Address(holder)), _b.Null()), some, after);
        _b.Continue(some);
        Value found = _b.Load(IrType.Pointer(), Access.U64, _b.Address(holder));
        if (_random.Next(2) == 0) _b.Atomic(Op.AtomicAdd, IrType.Void, Access.U64, found, Expression(IrType.I64, 1));
        Assign(_b.Load(IrType.I64, Access.U64, found));
        _b.Store(Access.U32, found, Expression(IrType.I32, 2), 8);
        if (_structs.Count > 0 && _structs[0].Size >= 16) _b.Copy(_b.Address(_structs[0]), found, 16);
        if (_random.Next(2) == 0) Statements(depth - 1, callees);
        Assign(_b.Load(IrType.I32, Access.S16, _b.Load(IrType.Pointer(), Access.U64, _b.Address(holder)), 10));
        _b.Jump(after);
        _b.Continue(after);
    }

    private void Global()
    {
        int offset = _random.Next(4) * 4;
        switch (_random.Next(3))
        {
            case 0: Assign(_b.Load(IrType.I32, Access.U32, _b.GlobalAddress("r"), offset)); break;
            case 1: Assign(_b.Load(IrType.I64, Access.S32, _b.GlobalAddress("g"), offset)); break;
            default: _b.Store(Access.U32, _b.GlobalAddress("g"), Expression(IrType.I32, 2), offset); break;
        }
    }

    /// <summary>An element of an array behind its bounds check, as the front end writes it.</summary>
    private void Indexed()
    {
        bool isGlobal = _structs.Count == 0 || _random.Next(2) == 0;
        Slot? slot = isGlobal ? null : _structs[_random.Next(_structs.Count)];
        int count = (slot?.Size ?? 16) / 4;
        bool is64 = _random.Next(3) == 0;
        Value index = Expression(is64 ? IrType.I64 : IrType.I32, 2);
        if (_random.Next(2) == 0) index = _b.Binary(_random.Next(2) == 0 ? Op.And : Op.UMod, index, _b.Constant(index.Type, _random.Next(1, 9)));
        Block inside = _b.NewBlock(), outside = _b.NewBlock(), after = _b.NewBlock();
        Value size = _b.Constant(index.Type, count);
        if (_random.Next(2) == 0) _b.Branch(_b.Compare(Op.ULt, index, size), inside, outside);
        else
        {
            Block positive = _b.NewBlock();
            _b.Branch(_b.Compare(Op.SLe, _b.Constant(index.Type, 0), index), positive, outside);
            _b.Continue(positive);
            _b.Branch(_b.Compare(Op.SLt, index, size), inside, outside);
        }
        _b.Continue(inside);
        Value wide = is64 ? index : _b.Add(_random.Next(2) == 0 ? Op.ZExt32 : Op.SExt32, IrType.I64, index);
        Value start = slot is null ? _b.GlobalAddress("g") : _b.Address(slot);
        Value address = _b.PtrAdd(start, _b.Binary(Op.Mul, wide, _b.Const64(4)));
        if (_random.Next(2) == 0) Assign(_b.Load(IrType.I32, Access.U32, address));
        else _b.Store(Access.U32, address, Expression(IrType.I32, 1));
        _b.Jump(after);
        _b.Continue(outside);
        if (_random.Next(3) == 0) _b.Fault();
        _b.Jump(after);
        _b.Continue(after);
    }

    private Value Condition(int depth)
    {
        IrType type = _random.Next(2) == 0 ? IrType.I32 : IrType.I64;
        Value compared = _b.Compare((Op)_random.Next((int)Op.Eq, (int)Op.SLe + 1), Expression(type, depth), Expression(type, depth - 1));
        return _random.Next(4) == 0 ? _b.Compare(Op.Eq, compared, _b.Const32(_random.Next(2))) : compared;
    }

    private Value Expression(IrType type, int depth)
    {
        if (depth <= 0 || _random.Next(5) == 0)
        {
            if (_random.Next(3) == 0) return _b.Constant(type, Constant());
            (Slot slot, IrType kept, Access access) = _variables[_random.Next(_variables.Count)];
            return Convert(_b.Load(kept, access, _b.Address(slot)), type);
        }
        switch (_random.Next(8))
        {
            case 0: return _b.Add(s_unary[_random.Next(s_unary.Length)], type, Expression(type, depth - 1));
            case 1: return Convert(Expression(type.IsI32 ? IrType.I64 : IrType.I32, depth - 1), type);
            case 2: return Convert(Condition(depth - 1), type);
            default:
                Op op = s_binary[_random.Next(s_binary.Length)];
                Value right = _random.Next(2) == 0 ? _b.Constant(type, Constant()) : Expression(type, depth - 1);
                return _b.Binary(op, Expression(type, depth - 1), right);
        }
    }

    private long Constant() => _random.Next(6) switch
    {
        0 => 1L << _random.Next(64),
        1 => -1L << _random.Next(64),
        2 => (1L << _random.Next(64)) - 1,
        3 => _random.NextInt64(),
        _ => _random.Next(-20, 300),
    };

    private Value Convert(Value value, IrType type)
    {
        if (value.Type == type) return value;
        return type.IsI32 ? _b.Add(Op.Trunc, type, value) : _b.Add(_random.Next(2) == 0 ? Op.ZExt32 : Op.SExt32, type, value);
    }

    private Value Narrow(Value value, Access access) => access switch
    {
        Access.U8 => _b.Add(Op.ZExt8, value.Type, value),
        Access.U16 => _b.Add(Op.ZExt16, value.Type, value),
        Access.S8 => _b.Add(Op.SExt8, value.Type, value),
        Access.S16 => _b.Add(Op.SExt16, value.Type, value),
        _ => value,
    };

    private static Access Unsigned(Access access) => AccessExtensions.OfSize(access.Size());
}
