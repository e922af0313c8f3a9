using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Integer arithmetic with exactly .NET's results.</summary>
internal sealed partial class FunctionLowering
{
    private Value LowerBinary(IBinaryOperation binary, TypeLayout layout)
    {
        if (binary.IsLifted || IsNullTest(binary)) return Materialize(binary);
        if (binary.OperatorMethod is { } method) return LowerOperator(method, [binary.LeftOperand, binary.RightOperand], binary);
        TypeLayout left = LayoutOf(binary.LeftOperand), right = LayoutOf(binary.RightOperand);
        if (left.Kind != LayoutKind.Integer || right.Kind != LayoutKind.Integer) throw UnsupportedValue(binary);
        Value a = LowerValue(binary.LeftOperand), b = LowerValue(binary.RightOperand);
        _b.DebugId = _module.Positions.Id(binary.Syntax);
        return Arithmetic(binary.OperatorKind, a, left, b, right, layout, binary.IsChecked, binary);
    }

    /// <summary>A built-in operator on two integers, the result in the form of its type.</summary>
    private Value Arithmetic(BinaryOperatorKind kind, Value a, TypeLayout left, Value b, TypeLayout right, TypeLayout result, bool isChecked, IOperation at)
    {
        if (Comparison(kind) is { } comparison) return Compare(comparison, a, b, left);
        // Enum operands of different widths meet in the wider type: e + 1, 1 + e.
        bool isShift = kind is BinaryOperatorKind.LeftShift or BinaryOperatorKind.RightShift or BinaryOperatorKind.UnsignedRightShift;
        if (isShift) return Normalize(Shift(kind, a, left, b, right), left, result);
        TypeLayout wide = left.Is64 || right.Is64 || result.Is64 ? result.Is64 ? result : left.Is64 ? left : right : left.Size >= right.Size ? left : right;
        if (wide.Is64)
        {
            a = ToWidth64(a, left);
            b = ToWidth64(b, right);
        }
        if (isChecked && kind is BinaryOperatorKind.Add or BinaryOperatorKind.Subtract or BinaryOperatorKind.Multiply && isChecked)
        {
            return Checked(kind, a, b, result);
        }
        switch (kind)
        {
            case BinaryOperatorKind.Add: return Normalize(_b.Binary(Op.Add, a, b), null, result);
            case BinaryOperatorKind.Subtract: return Normalize(_b.Binary(Op.Sub, a, b), null, result);
            case BinaryOperatorKind.Multiply: return Normalize(_b.Binary(Op.Mul, a, b), null, result);
            case BinaryOperatorKind.Divide: return Normalize(Divide(a, b, wide, false), null, result);
            case BinaryOperatorKind.Remainder: return Normalize(Divide(a, b, wide, true), null, result);
            case BinaryOperatorKind.And: return _b.Binary(Op.And, a, b);
            case BinaryOperatorKind.Or: return _b.Binary(Op.Or, a, b);
            case BinaryOperatorKind.ExclusiveOr: return _b.Binary(Op.Xor, a, b);
            default: throw Unsupported(at, $"The operator in '{Excerpt(at)}'");
        }
    }

    private Value ToWidth64(Value value, TypeLayout layout)
    {
        if (value.Type == IrType.I64) return value;
        if (value.Op == Op.Const) return _b.Const64(layout.IsSigned ? value.Immediate : (uint)value.Immediate);
        return _b.Add(layout.IsSigned ? Op.SExt32 : Op.ZExt32, IrType.I64, value);
    }

    private static (Op Op, bool Swap)? Comparison(BinaryOperatorKind kind) => kind switch
    {
        BinaryOperatorKind.Equals => (Op.Eq, false),
        BinaryOperatorKind.NotEquals => (Op.Ne, false),
        BinaryOperatorKind.LessThan => (Op.SLt, false),
        BinaryOperatorKind.LessThanOrEqual => (Op.SLe, false),
        BinaryOperatorKind.GreaterThan => (Op.SLt, true),
        BinaryOperatorKind.GreaterThanOrEqual => (Op.SLe, true),
        _ => null,
    };

    private Value Compare((Op Op, bool Swap) comparison, Value a, Value b, TypeLayout layout)
    {
        Op op = comparison.Op switch
        {
            Op.SLt when !layout.IsSigned => Op.ULt,
            Op.SLe when !layout.IsSigned => Op.ULe,
            _ => comparison.Op,
        };
        return comparison.Swap ? _b.Compare(op, b, a) : _b.Compare(op, a, b);
    }

    private Value Shift(BinaryOperatorKind kind, Value a, TypeLayout left, Value count, TypeLayout right)
    {
        Op op = kind == BinaryOperatorKind.LeftShift ? Op.Shl : kind == BinaryOperatorKind.RightShift && left.IsSigned ? Op.AShr : Op.LShr;
        // .NET takes the count modulo the width, as the IR does.
        if (left.Is64 && count.Type == IrType.I32) count = _b.Add(Op.ZExt32, IrType.I64, count);
        else if (!left.Is64 && right.Is64) count = _b.Add(Op.Trunc, IrType.I32, count);
        return _b.Binary(op, a, count);
    }

    /// <summary>Division or remainder, which fault where .NET throws: by zero, and the least value by -1.</summary>
    private Value Divide(Value a, Value b, TypeLayout layout, bool remainder)
    {
        bool isConstant = b.Op == Op.Const;
        if (!isConstant || b.Immediate == 0) FaultIf(_b.Compare(Op.Eq, b, _b.Constant(b.Type, 0)));
        if (!layout.IsSigned) return _b.Binary(remainder ? Op.UMod : Op.UDiv, a, b);
        if (!isConstant || b.Immediate == -1)
        {
            Block overflow = _b.NewBlock(), ok = _b.NewBlock();
            _b.Branch(_b.Compare(Op.Eq, b, _b.Constant(b.Type, -1)), overflow, ok);
            _b.Continue(overflow);
            Value least = _b.Constant(a.Type, a.Type.IsI32 ? int.MinValue : long.MinValue);
            _b.Branch(_b.Compare(Op.Eq, a, least), FaultBlock(), ok);
            _b.Continue(ok);
        }
        return _b.Binary(remainder ? Op.SMod : Op.SDiv, a, b);
    }

    /// <summary>Addition, subtraction or multiplication that faults where the result does not fit.</summary>
    private Value Checked(BinaryOperatorKind kind, Value a, Value b, TypeLayout layout)
    {
        Op op = kind switch { BinaryOperatorKind.Add => Op.Add, BinaryOperatorKind.Subtract => Op.Sub, _ => Op.Mul };
        if (a.Type.IsI32)
        {
            // No operation on two 32-bit numbers leaves 64 bits; as 64-bit numbers the result is exact.
            Op extend = layout.IsSigned ? Op.SExt32 : Op.ZExt32;
            Value wide = _b.Binary(op, _b.Add(extend, IrType.I64, a), _b.Add(extend, IrType.I64, b));
            Value narrow = Normalize(_b.Add(Op.Trunc, IrType.I32, wide), null, layout);
            FaultIf(_b.Compare(Op.Ne, _b.Add(extend, IrType.I64, narrow), wide));
            return narrow;
        }
        if (op == Op.Mul) return CheckedMultiply64(a, b, layout);
        Value result = _b.Binary(op, a, b);
        if (!layout.IsSigned)
        {
            FaultIf(op == Op.Add ? _b.Compare(Op.ULt, result, a) : _b.Compare(Op.ULt, a, b));
            return result;
        }
        // Overflow if the operands' signs (of a - b: a's and -b's) agree and the result's differs.
        Value differs = _b.Binary(Op.Xor, a, result);
        Value other = op == Op.Add ? _b.Binary(Op.Xor, b, result) : _b.Binary(Op.Xor, a, b);
        FaultIf(_b.Compare(Op.SLt, _b.Binary(Op.And, differs, other), _b.Const64(0)));
        return result;
    }

    private Value CheckedMultiply64(Value a, Value b, TypeLayout layout)
    {
        Value result = _b.Binary(Op.Mul, a, b);
        Block check = _b.NewBlock(), ok = _b.NewBlock();
        _b.Branch(_b.Compare(Op.Eq, b, _b.Const64(0)), ok, check);
        _b.Continue(check);
        if (!layout.IsSigned)
        {
            _b.Branch(_b.Compare(Op.Ne, _b.Binary(Op.UDiv, result, b), a), FaultBlock(), ok);
            _b.Continue(ok);
            return result;
        }
        // By -1 only the least value overflows; it must not reach the division.
        Block minusOne = _b.NewBlock(), divide = _b.NewBlock();
        _b.Branch(_b.Compare(Op.Eq, b, _b.Const64(-1)), minusOne, divide);
        _b.Continue(minusOne);
        _b.Branch(_b.Compare(Op.Eq, a, _b.Const64(long.MinValue)), FaultBlock(), ok);
        _b.Continue(divide);
        _b.Branch(_b.Compare(Op.Ne, _b.Binary(Op.SDiv, result, b), a), FaultBlock(), ok);
        _b.Continue(ok);
        return result;
    }

    private Value LowerUnary(IUnaryOperation unary, TypeLayout layout)
    {
        if (unary.OperatorMethod is { } method) return LowerOperator(method, [unary.Operand], unary);
        if (layout.Kind != LayoutKind.Integer) throw UnsupportedValue(unary);
        Value value = LowerValue(unary.Operand);
        _b.DebugId = _module.Positions.Id(unary.Syntax);
        switch (unary.OperatorKind)
        {
            case UnaryOperatorKind.Plus:
                return value;
            case UnaryOperatorKind.Minus:
                if (unary.IsChecked)
                {
                    return Checked(BinaryOperatorKind.Subtract, _b.Constant(layout.IrType, 0), value, layout);
                }
                return _b.Add(Op.Neg, layout.IrType, value);
            case UnaryOperatorKind.BitwiseNegation:
                return Normalize(_b.Binary(Op.Xor, value, _b.Constant(layout.IrType, -1)), null, layout);
            case UnaryOperatorKind.Not:
                return _b.Binary(Op.Xor, value, _b.Const32(1));
            default:
                throw UnsupportedValue(unary);
        }
    }

    /// <summary>A user-defined operator, or one of a constrained type parameter that stands for a built-in type.</summary>
    private Value LowerOperator(IMethodSymbol method, IOperation[] operands, IOperation at) =>
        CallStatic(method, operands, at) ?? throw Silent(at);

    private Value? LowerIncrement(IIncrementOrDecrementOperation operation, bool isUsed)
    {
        Target target = LowerTarget(operation.Target);
        if (operation.OperatorMethod is { IsStatic: false } instanceMethod) return CallInstanceOperator(instanceMethod, target, [], operation, isUsed);
        Value old = Load(target, operation);
        TypeLayout layout = target.Layout;
        if (operation.IsLifted) return LiftedIncrement(operation, target, old);
        Value changed;
        if (operation.OperatorMethod is { } method)
        {
            if (layout.Kind == LayoutKind.Struct) old = Copied(old, layout);
            method = Resolve(method, null, operation.ConstrainedToType, operation);
            if (IsNumber(method.ContainingType))
            {
                BinaryOperatorKind step = operation.Kind == OperationKind.Increment ? BinaryOperatorKind.Add : BinaryOperatorKind.Subtract;
                changed = Arithmetic(step, old, layout, _b.Constant(layout.IrType, 1), layout, layout, operation.IsChecked, operation);
            }
            else
            {
                changed = CallMethod(method, null, [layout.Kind == LayoutKind.Struct ? Copied(old, layout) : old], operation, null) ?? throw Silent(operation);
            }
        }
        else
        {
            if (layout.Kind != LayoutKind.Integer) throw UnsupportedValue(operation);
            BinaryOperatorKind kind = operation.Kind == OperationKind.Increment ? BinaryOperatorKind.Add : BinaryOperatorKind.Subtract;
            changed = Arithmetic(kind, old, layout, _b.Constant(layout.IrType, 1), layout, layout, operation.IsChecked, operation);
        }
        Store(target, changed, operation);
        return !isUsed ? null : operation.IsPostfix ? old : changed;
    }

    /// <summary>A copy of a struct in a temporary.</summary>
    private Value Copied(Value address, TypeLayout layout)
    {
        Place copy = NewTemporary(layout);
        Store(copy, address);
        return copy.Pointer;
    }
}
