using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace BpfSharp.Analyzers.Frontend;

/// <summary><c>Nullable&lt;T&gt;</c>: a flag and a value; lifted operators.</summary>
internal sealed partial class FunctionLowering
{
    private void LowerNullableConversion(IConversionOperation conversion, TypeLayout from, Place place)
    {
        if (from.IsNullable)
        {
            // A lifted conversion: nothing stays nothing.
            Place source = NewTemporary(from);
            LowerInto(conversion.Operand, source);
            StoreZero(place);
            Block some = _b.NewBlock(), end = _b.NewBlock();
            _b.Branch(Load(source.Part("hasValue")), some, end);
            _b.Continue(some);
            Place value = source.Part("value"), target = place.Part("value");
            if (value.Layout.Kind == LayoutKind.Integer && target.Layout.Kind == LayoutKind.Integer) Store(target, Convert(Load(value), value.Layout, target.Layout, conversion.IsChecked));
            else ConvertPart(value, target, conversion);
            Store(place.Part("hasValue"), _b.Const32(1));
            _b.Jump(end);
            _b.Continue(end);
            return;
        }
        LowerConverted(conversion.Operand, place.Part("value"));
        Store(place.Part("hasValue"), _b.Const32(1));
    }

    private void LowerCoalesce(ICoalesceOperation coalesce, Place place)
    {
        TypeLayout left = LayoutOf(coalesce.Value);
        if (!left.IsNullable) throw UnsupportedValue(coalesce);
        Place value = NewTemporary(left);
        LowerInto(coalesce.Value, value);
        Block some = _b.NewBlock(), none = _b.NewBlock(), end = _b.NewBlock();
        _b.Branch(Load(value.Part("hasValue")), some, none);
        _b.Continue(some);
        if (place.Layout.IsNullable) ConvertPart(value, place, coalesce);
        else ConvertPart(value.Part("value"), place, coalesce);
        _b.Jump(end);
        _b.Continue(none);
        LowerInto(coalesce.WhenNull, place);
        _b.Jump(end);
        _b.Continue(end);
    }

    /// <summary><c>x ??= y</c>; gives the value afterwards.</summary>
    private Value LowerCoalesceAssignment(ICoalesceAssignmentOperation coalesce)
    {
        Target target = LowerTarget(coalesce.Target);
        if (!target.Layout.IsNullable) throw UnsupportedValue(coalesce);
        bool givesValue = !LayoutOf(coalesce).IsNullable;
        Place old = NewTemporary(target.Layout);
        Store(old, Load(target, coalesce));
        Block none = _b.NewBlock(), end = _b.NewBlock();
        _b.Branch(Load(old.Part("hasValue")), end, none);
        _b.Continue(none);
        Place part = old.Part("value");
        if (SymbolEqualityComparer.Default.Equals(TypeOf(coalesce.Value), target.Layout.Type)) LowerInto(coalesce.Value, old);
        else
        {
            LowerConverted(coalesce.Value, part);
            Store(old.Part("hasValue"), _b.Const32(1));
        }
        Store(target, AddressOf(old), coalesce);
        _b.Jump(end);
        _b.Continue(end);
        return givesValue ? Load(part) : AddressOf(old);
    }

    private Place LiftedOperand(IOperation operand)
    {
        Place place = NewTemporary(LayoutOf(operand));
        LowerInto(operand, place);
        return place;
    }

    private Value HasValue(Place operand) => operand.Layout.IsNullable ? Load(operand.Part("hasValue")) : _b.Const32(1);

    private static Place Underlying(Place operand) => operand.Layout.IsNullable ? operand.Part("value") : operand;

    private void LowerLiftedComparison(IBinaryOperation binary, Block whenTrue, Block whenFalse)
    {
        if (Comparison(binary.OperatorKind) is not { } comparison) throw UnsupportedValue(binary);
        bool isEquality = binary.OperatorKind is BinaryOperatorKind.Equals or BinaryOperatorKind.NotEquals;
        (Block given, Block refused) = (whenTrue, whenFalse);
        if (binary.OperatorKind == BinaryOperatorKind.NotEquals) (whenTrue, whenFalse) = (whenFalse, whenTrue);
        if (IsNullLiteral(binary.RightOperand) || IsNullLiteral(binary.LeftOperand))
        {
            Place only = LiftedOperand(IsNullLiteral(binary.RightOperand) ? binary.LeftOperand : binary.RightOperand);
            if (isEquality) _b.Branch(HasValue(only), whenFalse, whenTrue);
            else _b.Jump(whenFalse);
            return;
        }
        Place left = LiftedOperand(binary.LeftOperand), right = LiftedOperand(binary.RightOperand);
        Block both = _b.NewBlock();
        if (isEquality)
        {
            Block same = _b.NewBlock();
            _b.Branch(_b.Compare(Op.Eq, HasValue(left), HasValue(right)), same, whenFalse);
            _b.Continue(same);
            _b.Branch(HasValue(left), both, whenTrue);
            _b.Continue(both);
            if (binary.OperatorMethod is not null) CompareLifted(binary, left, right, given, refused);
            else LowerEquality(Underlying(left), Underlying(right), whenTrue, whenFalse, binary);
            return;
        }
        _b.Branch(_b.Binary(Op.And, HasValue(left), HasValue(right)), both, whenFalse);
        _b.Continue(both);
        if (binary.OperatorMethod is not null) CompareLifted(binary, left, right, whenTrue, whenFalse);
        else _b.Branch(Compare(comparison, Load(Underlying(left)), Load(Underlying(right)), Underlying(left).Layout), whenTrue, whenFalse);
    }

    private static bool IsNullLiteral(IOperation operation) => operation switch
    {
        { ConstantValue: { HasValue: true, Value: null } } => true,
        IConversionOperation { OperatorMethod: null } conversion => IsNullLiteral(conversion.Operand),
        _ => false,
    };

    private void LowerLiftedBinary(IBinaryOperation binary, Place place)
    {
        Place left = LiftedOperand(binary.LeftOperand), right = LiftedOperand(binary.RightOperand);
        if (binary.OperatorMethod is { } method) StoreIfAll(place, [left, right], () => CallLifted(method, [left, right], binary));
        else LiftedArithmetic(binary.OperatorKind, left, right, place, binary.IsChecked, binary);
    }

    private void LiftedArithmetic(BinaryOperatorKind kind, Place left, Place right, Place place, bool isChecked, IOperation at)
    {
        TypeLayout a = Underlying(left).Layout, b = Underlying(right).Layout, result = place.Layout.Element!;
        if (a.Kind != LayoutKind.Integer || b.Kind != LayoutKind.Integer) throw UnsupportedValue(at);
        if (result.IsBool && kind is BinaryOperatorKind.And or BinaryOperatorKind.Or)
        {
            LiftedLogic(kind == BinaryOperatorKind.And, left, right, place);
            return;
        }
        StoreZero(place);
        Block both = _b.NewBlock(), end = _b.NewBlock();
        _b.Branch(_b.Binary(Op.And, HasValue(left), HasValue(right)), both, end);
        _b.Continue(both);
        Store(place.Part("value"), Arithmetic(kind, Load(Underlying(left)), a, Load(Underlying(right)), b, result, isChecked, at));
        Store(place.Part("hasValue"), _b.Const32(1));
        _b.Jump(end);
        _b.Continue(end);
    }

    /// <summary>Three-valued logic: a known false decides <c>&amp;</c>, a known true decides <c>|</c>.</summary>
    private void LiftedLogic(bool isAnd, Place left, Place right, Place place)
    {
        Value aHas = HasValue(left), bHas = HasValue(right), a = Load(Underlying(left)), b = Load(Underlying(right));
        Value one = _b.Const32(1);
        Value aDecides = _b.Binary(Op.And, aHas, isAnd ? _b.Binary(Op.Xor, a, one) : a);
        Value bDecides = _b.Binary(Op.And, bHas, isAnd ? _b.Binary(Op.Xor, b, one) : b);
        Value decided = _b.Binary(Op.Or, aDecides, bDecides);
        StoreZero(place);
        Store(place.Part("hasValue"), _b.Binary(Op.Or, decided, _b.Binary(Op.And, aHas, bHas)));
        // Where it is decided that is the value; else both are known and do not decide.
        Store(place.Part("value"), isAnd ? _b.Binary(Op.And, _b.Binary(Op.And, aHas, bHas), _b.Binary(Op.Xor, decided, one)) : decided);
    }

    private void LowerLiftedUnary(IUnaryOperation unary, Place place)
    {
        Place operand = LiftedOperand(unary.Operand);
        if (unary.OperatorMethod is { } method)
        {
            StoreIfAll(place, [operand], () => CallLifted(method, [operand], unary));
            return;
        }
        TypeLayout layout = Underlying(operand).Layout, result = place.Layout.Element!;
        if (layout.Kind != LayoutKind.Integer) throw UnsupportedValue(unary);
        StoreZero(place);
        Block some = _b.NewBlock(), end = _b.NewBlock();
        _b.Branch(HasValue(operand), some, end);
        _b.Continue(some);
        Value value = Load(Underlying(operand));
        Value computed = unary.OperatorKind switch
        {
            UnaryOperatorKind.Plus => value,
            UnaryOperatorKind.Minus => Arithmetic(BinaryOperatorKind.Subtract, _b.Constant(layout.IrType, 0), layout, value, layout, result, unary.IsChecked, unary),
            UnaryOperatorKind.BitwiseNegation => Normalize(_b.Binary(Op.Xor, value, _b.Constant(layout.IrType, -1)), null, result),
            UnaryOperatorKind.Not => _b.Binary(Op.Xor, value, _b.Const32(1)),
            _ => throw UnsupportedValue(unary),
        };
        Store(place.Part("value"), computed);
        Store(place.Part("hasValue"), _b.Const32(1));
        _b.Jump(end);
        _b.Continue(end);
    }

    private Value? LiftedIncrement(IIncrementOrDecrementOperation operation, Target target, Value old)
    {
        Place before = NewTemporary(target.Layout), after = NewTemporary(target.Layout);
        Store(before, old);
        if (operation.OperatorMethod is { } method) StoreIfAll(after, [before], () => CallLifted(method, [before], operation));
        else
        {
            if (target.Layout.Element!.Kind != LayoutKind.Integer) throw UnsupportedValue(operation);
            Place one = NewTemporary(target.Layout.Element);
            Store(one, _b.Constant(target.Layout.Element.IrType, 1));
            BinaryOperatorKind kind = operation.Kind == OperationKind.Increment ? BinaryOperatorKind.Add : BinaryOperatorKind.Subtract;
            LiftedArithmetic(kind, before, one, after, operation.IsChecked, operation);
        }
        Store(target, AddressOf(after), operation);
        return AddressOf(operation.IsPostfix ? before : after);
    }

    private Value LiftedCompound(ICompoundAssignmentOperation compound, Target target)
    {
        Place before = NewTemporary(target.Layout), after = NewTemporary(target.Layout);
        Store(before, Load(target, compound));
        if (compound.OperatorMethod is { } method)
        {
            if (!compound.InConversion.IsIdentity || !compound.OutConversion.IsIdentity) throw Unsupported(compound, "This compound assignment to a nullable value");
            Place right = LiftedOperand(compound.Value);
            StoreIfAll(after, [before, right], () => CallLifted(method, [before, right], compound));
        }
        else if (compound.OutConversion.IsIdentity) LiftedArithmetic(compound.OperatorKind, before, LiftedOperand(compound.Value), after, compound.IsChecked, compound);
        else LiftedNarrowArithmetic(compound, before, LiftedOperand(compound.Value), after);
        Store(target, AddressOf(after), compound);
        return AddressOf(after);
    }

    /// <summary>A compound assignment whose operator has a wider type than the variable: <c>sbyte?</c> and <c>+=</c>.</summary>
    private void LiftedNarrowArithmetic(ICompoundAssignmentOperation compound, Place left, Place right, Place place)
    {
        TypeLayout narrow = Underlying(left).Layout, other = Underlying(right).Layout;
        if (narrow.Kind != LayoutKind.Integer || other.Kind != LayoutKind.Integer) throw UnsupportedValue(compound);
        TypeLayout operation = OperationLayout(compound, narrow, other);
        StoreZero(place);
        Block both = _b.NewBlock(), end = _b.NewBlock();
        _b.Branch(_b.Binary(Op.And, HasValue(left), HasValue(right)), both, end);
        _b.Continue(both);
        Value a = Convert(Load(Underlying(left)), narrow, operation, false);
        Value result = Arithmetic(compound.OperatorKind, a, operation, Load(Underlying(right)), other, operation, compound.IsChecked, compound);
        Store(place.Part("value"), Convert(result, operation, narrow, NarrowsChecked(compound) && !IsEnum(narrow)));
        Store(place.Part("hasValue"), _b.Const32(1));
        _b.Jump(end);
        _b.Continue(end);
    }

    /// <summary><c>x?.Member</c> on a nullable value; without a place the result is not needed.</summary>
    private void LowerConditionalAccess(IConditionalAccessOperation access, Place? place)
    {
        TypeLayout receiver = LayoutOf(access.Operation);
        if (!receiver.IsNullable) throw Unsupported(access, "'?.' on this type");
        Place value = LiftedOperand(access.Operation);
        if (place is { } result) StoreZero(result);
        Block some = _b.NewBlock(), end = _b.NewBlock();
        _b.Branch(HasValue(value), some, end);
        _b.Continue(some);
        _frame.ConditionalInstances.Push(Underlying(value));
        try
        {
            if (place is not { } target) LowerEffect(access.WhenNotNull);
            else if (SymbolEqualityComparer.Default.Equals(TypeOf(access.WhenNotNull), target.Layout.Type)) LowerInto(access.WhenNotNull, target);
            else
            {
                LowerConverted(access.WhenNotNull, target.Part("value"));
                Store(target.Part("hasValue"), _b.Const32(1));
            }
        }
        finally
        {
            _frame.ConditionalInstances.Pop();
        }
        _b.Jump(end);
        _b.Continue(end);
    }
}
