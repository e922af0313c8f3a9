using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>User-defined operators and conversions on nullable values: they are called with what the values hold, if each holds something.</summary>
internal sealed partial class FunctionLowering
{
    /// <summary>Whether a conversion's method takes what its nullable operand holds, not the operand.</summary>
    private bool IsLiftedConversion(IConversionOperation conversion, IMethodSymbol method) =>
        conversion.Operand.Type is not null && LayoutOf(conversion.Operand).IsNullable && !LayoutOf(method.Parameters[0].Type, conversion).IsNullable;

    /// <summary><c>(M?)x</c> of an <c>x</c> that may be nothing and then stays it; to what is not nullable that is a fault.</summary>
    private Value LowerLiftedConversion(IConversionOperation conversion, IMethodSymbol method, Place? place)
    {
        Place operand = LiftedOperand(conversion.Operand);
        if (place is not { Layout.IsNullable: true } target)
        {
            FaultUnless(HasValue(operand));
            Value converted = CallLifted(method, [operand], conversion);
            if (place is { } result) Store(result, converted);
            return converted;
        }
        StoreIfAll(target, [operand], () => CallLifted(method, [operand], conversion));
        return AddressOf(target);
    }

    /// <summary>Stores what is computed if all operands hold something, else nothing.</summary>
    private void StoreIfAll(Place place, Place[] operands, Func<Value> compute)
    {
        StoreZero(place);
        Block all = _b.NewBlock(), end = _b.NewBlock();
        _b.Branch(operands.Select(HasValue).Aggregate((a, b) => _b.Binary(Op.And, a, b)), all, end);
        _b.Continue(all);
        Store(place.Part("value"), compute());
        Store(place.Part("hasValue"), _b.Const32(1));
        _b.Jump(end);
        _b.Continue(end);
    }

    private Value CallLifted(IMethodSymbol method, Place[] operands, IOperation at)
    {
        method = Resolve(method, null, ConstrainedType(at), at);
        if (FindIntrinsic(method) is not null) throw UnsupportedValue(at);
        RejectMethod(method, at);
        Value[] arguments = [.. operands.Select(Underlying).Select((o, i) => method.Parameters[i].RefKind != RefKind.None ? AddressOf(o) : o.Layout.IsScalar ? Load(o) : Copied(AddressOf(o), o.Layout))];
        _b.DebugId = _module.Positions.Id(at.Syntax);
        return CallMethod(method, null, arguments, at, null) ?? throw Silent(at);
    }

    /// <summary>The operator of a comparison, other than one that compares bit by bit, on what both operands hold.</summary>
    private void CompareLifted(IBinaryOperation binary, Place left, Place right, Block whenTrue, Block whenFalse)
    {
        IMethodSymbol method = Resolve(binary.OperatorMethod!, null, binary.ConstrainedToType, binary);
        if (binary.OperatorKind is BinaryOperatorKind.Equals or BinaryOperatorKind.NotEquals && (FindIntrinsic(method) is not null || IsSynthesized(method)))
        {
            if (binary.OperatorKind == BinaryOperatorKind.Equals) LowerEquality(Underlying(left), Underlying(right), whenTrue, whenFalse, binary);
            else LowerEquality(Underlying(left), Underlying(right), whenFalse, whenTrue, binary);
            return;
        }
        _b.Branch(CallLifted(method, [left, right], binary), whenTrue, whenFalse);
    }
}
