using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>
/// Tail calls. The kernel comes back from one only if there is no program to go on as. .NET comes back from every one, so
/// its result must be what is returned next: then both do the same.
/// </summary>
internal sealed partial class FunctionLowering
{
    private void TailCall(IntrinsicCall call, Block whenFalse)
    {
        if (!_plan.Function.IsProgram || _frame.Caller is not null || !ReturnsResult(call)) throw Fail(Ids.TailCallForm, call.Operation, Excerpt(call.Operation));
        MapInfo map = MapOf(call);
        _module.UseTable(map, _plan, call.Operation.Syntax.GetLocation());
        Value context = LowerValue(call.Operands[0]), index = ToWidth64(LowerValue(call.Operands[1]), LayoutOf(call.Operands[1]));
        Place result = LowerPlace(call.Operands[2]);
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        _b.CallHelper(Helpers.TailCall, IrType.I64, context, _b.MapAddress(map.Spec.Name), index);
        StoreZero(result);
        _b.Jump(whenFalse);
    }

    /// <summary>Whether the call is the condition of <c>if (…) return result;</c> or <c>return … ? result : other;</c>.</summary>
    private static bool ReturnsResult(IntrinsicCall call)
    {
        if (call.Operands[2] is not IDeclarationExpressionOperation { Expression: ILocalReferenceOperation { Local: { } local } }) return false;
        IOperation operation = call.Operation;
        while (operation.Parent is IParenthesizedOperation parenthesized) operation = parenthesized;
        if (operation.Parent is not IConditionalOperation conditional || conditional.Condition != operation) return false;
        IOperation? returned = conditional.WhenTrue is IBlockOperation { Operations: [var only] } ? only : conditional.WhenTrue;
        if (returned is IReturnOperation { ReturnedValue: { } value }) return IsLocal(value, local);
        return conditional.Parent is IReturnOperation && IsLocal(conditional.WhenTrue, local);
    }

    private static bool IsLocal(IOperation operation, ILocalSymbol local)
    {
        while (operation is IParenthesizedOperation or IConversionOperation { Conversion.IsIdentity: true })
        {
            operation = operation is IParenthesizedOperation parenthesized ? parenthesized.Operand : ((IConversionOperation)operation).Operand;
        }
        return operation is ILocalReferenceOperation reference && SymbolEqualityComparer.Default.Equals(reference.Local, local);
    }
}
