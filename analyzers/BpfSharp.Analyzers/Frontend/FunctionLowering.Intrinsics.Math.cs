using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Frontend;

/// <summary><c>Math</c>, <c>BitOperations</c>, <c>Interlocked</c> and <c>Volatile</c>.</summary>
internal sealed partial class FunctionLowering
{
    /// <summary>The result's layout; floating-point overloads are reported.</summary>
    private TypeLayout IntegerResult(IntrinsicCall call)
    {
        TypeLayout layout = LayoutOf(call.Method.ReturnType, call.Operation);
        return layout.Kind == LayoutKind.Integer ? layout : throw UnsupportedValue(call.Operation);
    }

    /// <summary>One of two values by a condition.</summary>
    private Value Select(Value condition, TypeLayout layout, Func<Value> whenTrue, Func<Value> whenFalse)
    {
        Place result = NewTemporary(layout);
        Block yes = _b.NewBlock(), no = _b.NewBlock(), end = _b.NewBlock();
        _b.Branch(condition, yes, no);
        _b.Continue(yes);
        Store(result, whenTrue());
        _b.Jump(end);
        _b.Continue(no);
        Store(result, whenFalse());
        _b.Jump(end);
        _b.Continue(end);
        return Load(result);
    }

    private Value MinMax(IntrinsicCall call, bool max)
    {
        TypeLayout layout = IntegerResult(call);
        Value a = LowerValue(call.Operands[0]), b = LowerValue(call.Operands[1]);
        return Least(a, b, layout, max);
    }

    private Value Least(Value a, Value b, TypeLayout layout, bool max) =>
        Select(Compare((Op.SLt, max), a, b, layout), layout, () => a, () => b);

    private Value Clamp(IntrinsicCall call)
    {
        TypeLayout layout = IntegerResult(call);
        Value value = LowerValue(call.Operands[0]), least = LowerValue(call.Operands[1]), most = LowerValue(call.Operands[2]);
        if (least.Op != Op.Const || most.Op != Op.Const) FaultIf(Compare((Op.SLt, false), most, least, layout));
        return Least(Least(value, least, layout, true), most, layout, false);
    }

    private Value Abs(IntrinsicCall call)
    {
        TypeLayout layout = IntegerResult(call);
        Value value = LowerValue(call.Operands[0]);
        if (!layout.IsSigned) return value;
        // The least value has no opposite: .NET throws.
        (long least, _) = Range(layout);
        FaultIf(_b.Compare(Op.Eq, value, _b.Constant(layout.IrType, least)));
        return Select(_b.Compare(Op.SLt, value, _b.Constant(layout.IrType, 0)), layout, () => _b.Add(Op.Neg, value.Type, value), () => value);
    }

    private Value Sign(IntrinsicCall call)
    {
        Value value = Integer(call.Operands[0], out TypeLayout layout), zero = _b.Constant(layout.IrType, 0);
        return _b.Binary(Op.Sub, _b.Compare(Op.SLt, zero, value), _b.Compare(Op.SLt, value, zero));
    }

    private Value DivRem(IntrinsicCall call)
    {
        Value a = Integer(call.Operands[0], out TypeLayout layout), b = LowerValue(call.Operands[1]);
        Value quotient = Normalize(Divide(a, b, layout, false), null, layout), remainder = Normalize(_b.Binary(layout.IsSigned ? Op.SMod : Op.UMod, a, b), null, layout);
        if (call.Operands.Length == 3)
        {
            Store(LowerPlace(call.Operands[2]), remainder);
            return quotient;
        }
        Place result = call.Destination ?? NewTemporary(LayoutOf(call.Method.ReturnType, call.Operation));
        Store(result.Part(result.Layout.Fields[0]), quotient);
        Store(result.Part(result.Layout.Fields[1]), remainder);
        return AddressOf(result);
    }

    private Value BigMul(IntrinsicCall call)
    {
        Value a = Integer(call.Operands[0], out TypeLayout layout), b = LowerValue(call.Operands[1]);
        if (layout.Is64) return BigMul64(call, layout, a, b);
        return _b.Binary(Op.Mul, ToWidth64(a, layout), ToWidth64(b, layout));
    }

    private Value PopCount(IntrinsicCall call)
    {
        Value value = Integer(call.Operands[0], out TypeLayout layout);
        return CountBits(Unsigned(value, layout));
    }

    /// <summary>The bits of a narrow signed value without the copies of its sign.</summary>
    private Value Unsigned(Value value, TypeLayout layout) =>
        layout.IsSigned && layout.Size < 4 ? _b.Add(layout.Size == 1 ? Op.ZExt8 : Op.ZExt16, IrType.I32, value) : value;

    /// <summary>The number of ones, by adding neighbours in parallel.</summary>
    private Value CountBits(Value value)
    {
        IrType type = value.Type;
        Value K(ulong pattern) => _b.Constant(type, unchecked((long)pattern));
        Value x = _b.Binary(Op.Sub, value, _b.Binary(Op.And, _b.Binary(Op.LShr, value, K(1)), K(0x5555555555555555)));
        x = _b.Binary(Op.Add, _b.Binary(Op.And, x, K(0x3333333333333333)), _b.Binary(Op.And, _b.Binary(Op.LShr, x, K(2)), K(0x3333333333333333)));
        x = _b.Binary(Op.And, _b.Binary(Op.Add, x, _b.Binary(Op.LShr, x, K(4))), K(0x0F0F0F0F0F0F0F0F));
        x = _b.Binary(Op.LShr, _b.Binary(Op.Mul, x, K(0x0101010101010101)), K(type.IsI32 ? 24u : 56u));
        return type.IsI32 ? x : _b.Add(Op.Trunc, IrType.I32, x);
    }

    /// <summary>All bits below the highest one set too.</summary>
    private Value Smear(Value value)
    {
        for (int shift = 1; shift < (value.Type.IsI32 ? 32 : 64); shift *= 2)
        {
            value = _b.Binary(Op.Or, value, _b.Binary(Op.LShr, value, _b.Constant(value.Type, shift)));
        }
        return value;
    }

    private Value LeadingZeroCount(IntrinsicCall call)
    {
        Value value = Integer(call.Operands[0], out TypeLayout layout);
        return _b.Binary(Op.Sub, _b.Const32(layout.Bits), CountBits(Smear(Unsigned(value, layout))));
    }

    private Value Log2(IntrinsicCall call)
    {
        Value value = Integer(call.Operands[0], out TypeLayout layout);
        if (layout.IsSigned) FaultIf(_b.Compare(Op.SLt, value, _b.Constant(layout.IrType, 0)));
        // Of 0 it is 0 by definition.
        return _b.Binary(Op.Sub, CountBits(Smear(_b.Binary(Op.Or, value, _b.Constant(layout.IrType, 1)))), _b.Const32(1));
    }

    private Value TrailingZeroCount(IntrinsicCall call)
    {
        Value value = Integer(call.Operands[0], out TypeLayout layout);
        // The zeros below the lowest one are the ones of (x & -x) - 1; of a narrow zero there are as many as bits.
        if (layout.Size < 4) value = _b.Binary(Op.Or, value, _b.Const32(1 << layout.Bits));
        Value lowest = _b.Binary(Op.And, value, _b.Add(Op.Neg, value.Type, value));
        return CountBits(_b.Binary(Op.Sub, lowest, _b.Constant(value.Type, 1)));
    }

    private Value Rotate(IntrinsicCall call, bool right)
    {
        Value value = Integer(call.Operands[0], out TypeLayout layout);
        Value count = LowerValue(call.Operands[1]);
        Value bits = Unsigned(value, layout);
        if (layout.Is64) count = _b.Add(Op.ZExt32, IrType.I64, count);
        Value mask = _b.Constant(bits.Type, layout.Bits - 1);
        count = _b.Binary(Op.And, count, mask);
        Value rest = _b.Binary(Op.And, _b.Binary(Op.Sub, _b.Constant(bits.Type, layout.Bits), count), mask);
        Value rotated = _b.Binary(Op.Or, _b.Binary(right ? Op.LShr : Op.Shl, bits, count), _b.Binary(right ? Op.Shl : Op.LShr, bits, rest));
        return Normalize(rotated, null, layout);
    }

    private Value IsPow2(IntrinsicCall call)
    {
        Value value = Integer(call.Operands[0], out TypeLayout layout), zero = _b.Constant(layout.IrType, 0);
        Value single = _b.Compare(Op.Eq, _b.Binary(Op.And, value, _b.Binary(Op.Sub, value, _b.Constant(layout.IrType, 1))), zero);
        return _b.Binary(Op.And, single, Compare((Op.SLt, false), zero, value, layout));
    }

    private Value RoundUpToPowerOf2(IntrinsicCall call)
    {
        Value value = Integer(call.Operands[0], out TypeLayout layout), one = _b.Constant(layout.IrType, 1);
        return _b.Binary(Op.Add, Smear(_b.Binary(Op.Sub, value, one)), one);
    }

    private Value ReverseEndianness(IntrinsicCall call)
    {
        if (call.Operands.Length != 1) throw Fail(Ids.NoSource, call.Operation, call.Method.ToDisplayString());
        Value value = Integer(call.Operands[0], out TypeLayout layout);
        return Normalize(Swap(value, layout.Size), null, layout);
    }

    private (Value Address, TypeLayout Layout) AtomicTarget(IntrinsicCall call)
    {
        Place place = LowerPlace(call.Operands[0]);
        if (place.Layout.Kind != LayoutKind.Integer || place.Layout.Size < 4) throw Unsupported(call.Operation, $"Interlocked on '{place.Layout.Type.ToDisplayString()}'");
        return (AddressOf(place), place.Layout);
    }

    private static Access AtomicAccess(TypeLayout layout) => AccessExtensions.OfSize(layout.Size);

    private Value? InterlockedAdd(IntrinsicCall call, long? constant)
    {
        (Value address, TypeLayout layout) = AtomicTarget(call);
        Value added = constant is { } number ? _b.Constant(layout.IrType, number) : LowerValue(call.Operands[1]);
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        if (!call.IsUsed)
        {
            _b.Atomic(Op.AtomicAdd, IrType.Void, AtomicAccess(layout), address, added);
            return null;
        }
        return _b.Binary(Op.Add, _b.Atomic(Op.AtomicFetchAdd, layout.IrType, AtomicAccess(layout), address, added), added);
    }

    private Value? InterlockedLogic(IntrinsicCall call, Op plain, Op fetch)
    {
        (Value address, TypeLayout layout) = AtomicTarget(call);
        Value operand = LowerValue(call.Operands[1]);
        if (call.IsUsed) return _b.Atomic(fetch, layout.IrType, AtomicAccess(layout), address, operand);
        _b.Atomic(plain, IrType.Void, AtomicAccess(layout), address, operand);
        return null;
    }

    private Value InterlockedExchange(IntrinsicCall call)
    {
        (Value address, TypeLayout layout) = AtomicTarget(call);
        return _b.Atomic(Op.AtomicExchange, layout.IrType, AtomicAccess(layout), address, LowerValue(call.Operands[1]));
    }

    private Value InterlockedCompareExchange(IntrinsicCall call)
    {
        (Value address, TypeLayout layout) = AtomicTarget(call);
        Value stored = LowerValue(call.Operands[1]), comparand = LowerValue(call.Operands[2]);
        return _b.Atomic(Op.AtomicCompareExchange, layout.IrType, AtomicAccess(layout), address, comparand, stored);
    }

    /// <summary>A load that is not merged with others: its address is hidden from the optimiser.</summary>
    private Value VolatileRead(IntrinsicCall call)
    {
        Place place = LowerPlace(call.Operands[0]);
        if (!place.Layout.IsScalar) throw UnsupportedValue(call.Operation);
        return Load(new Place(Hidden(AddressOf(place)), 0, place.Layout));
    }

    private Value? VolatileWrite(IntrinsicCall call)
    {
        Place place = LowerPlace(call.Operands[0]);
        Value value = LowerValue(call.Operands[1]);
        Store(new Place(Hidden(AddressOf(place)), 0, place.Layout), value);
        return null;
    }

    private Value Hidden(Value address) => _b.Add(Op.Opaque, address.Type, address);
}
