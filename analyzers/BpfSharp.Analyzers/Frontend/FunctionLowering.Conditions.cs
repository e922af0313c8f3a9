using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Conditions: booleans that go straight to branches.</summary>
internal sealed partial class FunctionLowering
{
    /// <summary>Whether a binary operation is better lowered as a branch.</summary>
    private static bool IsCondition(IBinaryOperation binary) =>
        binary.OperatorKind is BinaryOperatorKind.ConditionalAnd or BinaryOperatorKind.ConditionalOr && binary.OperatorMethod is null && !binary.IsLifted;

    /// <summary>Whether a nullable value is compared with <c>null</c>.</summary>
    private static bool IsNullTest(IBinaryOperation binary) =>
        binary is { OperatorMethod: null, OperatorKind: BinaryOperatorKind.Equals or BinaryOperatorKind.NotEquals } && (IsNullLiteral(binary.LeftOperand) || IsNullLiteral(binary.RightOperand));

    /// <summary>Goes to one of two blocks. It ends the current block.</summary>
    private void LowerCondition(IOperation operation, Block whenTrue, Block whenFalse)
    {
        if (operation is IInvalidOperation) throw Silent(operation);
        _b.DebugId = _module.Positions.Id(operation.Syntax);
        if (operation.ConstantValue is { HasValue: true, Value: bool constant })
        {
            _b.Jump(constant ? whenTrue : whenFalse);
            return;
        }
        switch (operation)
        {
            case IParenthesizedOperation parenthesized:
                LowerCondition(parenthesized.Operand, whenTrue, whenFalse);
                return;
            case IUnaryOperation { OperatorKind: UnaryOperatorKind.Not, OperatorMethod: null, IsLifted: false } not:
                LowerCondition(not.Operand, whenFalse, whenTrue);
                return;
            case IBinaryOperation binary when IsCondition(binary):
                Block next = _b.NewBlock();
                if (binary.OperatorKind == BinaryOperatorKind.ConditionalAnd) LowerCondition(binary.LeftOperand, next, whenFalse);
                else LowerCondition(binary.LeftOperand, whenTrue, next);
                _b.Continue(next);
                LowerCondition(binary.RightOperand, whenTrue, whenFalse);
                return;
            case IIsPatternOperation pattern:
                LowerIsPattern(pattern, whenTrue, whenFalse);
                return;
            case IIsTypeOperation isType:
                LowerIsType(isType, whenTrue, whenFalse);
                return;
            case ITupleBinaryOperation tuples:
                LowerTupleEquality(tuples, whenTrue, whenFalse);
                return;
            case IBinaryOperation test when IsNullTest(test):
                LowerLiftedComparison(test, whenTrue, whenFalse);
                return;
            case IBinaryOperation { IsLifted: true } lifted when LayoutOf(lifted).IsBool:
                LowerLiftedComparison(lifted, whenTrue, whenFalse);
                return;
            case IInvocationOperation call when LowerInvocationCondition(call, whenTrue, whenFalse):
                return;
            case IConversionOperation { OperatorMethod: null } conversion when conversion.Conversion.IsIdentity:
                LowerCondition(conversion.Operand, whenTrue, whenFalse);
                return;
            case IUnaryOperation { OperatorKind: UnaryOperatorKind.True or UnaryOperatorKind.False, OperatorMethod: { } method } unary:
                Value truth = CallStatic(method, [unary.Operand], unary) ?? throw Silent(unary);
                if (unary.OperatorKind == UnaryOperatorKind.True) _b.Branch(truth, whenTrue, whenFalse);
                else _b.Branch(truth, whenFalse, whenTrue);
                return;
        }
        TypeLayout layout = LayoutOf(operation);
        Value value = LowerValue(operation);
        if (!layout.IsBool) throw Unsupported(operation, $"A condition of type '{layout.Type.ToDisplayString()}'");
        _b.Branch(value, whenTrue, whenFalse);
    }

    private void LowerIsType(IIsTypeOperation operation, Block whenTrue, Block whenFalse)
    {
        TypeLayout value = LayoutOf(operation.ValueOperand);
        if (value.IsNullable && SymbolEqualityComparer.Default.Equals(value.Element!.Type, _frame.Substitution.Apply(operation.TypeOperand, _module.Compilation)))
        {
            Value has = Load(new Place(LowerValue(operation.ValueOperand), 0, value).Part("hasValue"));
            if (operation.IsNegated) _b.Branch(has, whenFalse, whenTrue);
            else _b.Branch(has, whenTrue, whenFalse);
            return;
        }
        bool same = IsType(TypeOf(operation.ValueOperand), _frame.Substitution.Apply(operation.TypeOperand, _module.Compilation), operation);
        LowerEffectOfValue(operation.ValueOperand);
        _b.Jump(same != operation.IsNegated ? whenTrue : whenFalse);
    }

    /// <summary>Evaluates an operand whose value is not needed.</summary>
    private void LowerEffectOfValue(IOperation operation)
    {
        if (operation is IConversionOperation { OperatorMethod: null } conversion) operation = conversion.Operand;
        LowerValue(operation);
    }

    /// <summary>Whether a value of a static type is of another: all types are known, so it is decided here.</summary>
    private bool IsType(ITypeSymbol value, ITypeSymbol type, IOperation at)
    {
        if (value.IsErroneous() || type.IsErroneous()) throw Silent(at);
        if (SymbolEqualityComparer.Default.Equals(value, type)) return true;
        if (type.TypeKind == TypeKind.Interface || type.SpecialType is SpecialType.System_Object or SpecialType.System_ValueType)
        {
            return type.SpecialType != SpecialType.None && type.TypeKind != TypeKind.Interface || value.AllInterfaces.Any(i => SymbolEqualityComparer.Default.Equals(i, type));
        }
        return false;
    }
}
