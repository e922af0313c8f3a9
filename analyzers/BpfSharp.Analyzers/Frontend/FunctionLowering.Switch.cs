using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace BpfSharp.Analyzers.Frontend;

/// <summary><c>switch</c> statements and expressions.</summary>
internal sealed partial class FunctionLowering
{
    private void LowerSwitch(ISwitchOperation statement)
    {
        Block exit = _b.NewBlock();
        _frame.Labels[statement.ExitLabel] = (exit, _cleanup);
        if (statement.Value.Type?.SpecialType == SpecialType.System_String) throw Fail(Diagnostics.Ids.StringUse, statement.Value);
        Place input = SwitchInput(statement.Value, statement.Cases.SelectMany(static c => c.Clauses).Any(static c => c is IPatternCaseClauseOperation { Guard: not null }));
        List<(ISwitchCaseOperation Case, Block Body)> bodies = [];
        Block fallback = exit;
        foreach (ISwitchCaseOperation section in statement.Cases)
        {
            Block body = _b.NewBlock();
            bodies.Add((section, body));
            foreach (ICaseClauseOperation clause in section.Clauses)
            {
                if (clause.Label is { } label) _frame.Labels[label] = (body, _cleanup);
                if (clause is IDefaultCaseClauseOperation) fallback = body;
            }
        }
        foreach ((ISwitchCaseOperation section, Block body) in bodies)
        {
            foreach (ICaseClauseOperation clause in section.Clauses)
            {
                if (clause is IDefaultCaseClauseOperation) continue;
                Block next = _b.NewBlock();
                LowerClause(clause, input, body, next);
                _b.Continue(next);
            }
        }
        _b.Jump(fallback);
        foreach ((ISwitchCaseOperation section, Block body) in bodies)
        {
            _b.Continue(body);
            foreach (IOperation operation in section.Body) LowerStatement(operation);
            _b.Jump(exit);
        }
        _b.Continue(exit);
    }

    private Place SwitchInput(IOperation value, bool hasGuards)
    {
        TypeLayout layout = LayoutOf(value);
        if (layout.Kind == LayoutKind.Struct && !hasGuards && HasPlace(value)) return LowerPlace(value);
        Place input = NewTemporary(layout);
        LowerInto(value, input);
        return input;
    }

    private void LowerClause(ICaseClauseOperation clause, Place input, Block body, Block next)
    {
        _b.DebugId = _module.Positions.Id(clause.Syntax);
        switch (clause)
        {
            case ISingleValueCaseClauseOperation single:
                if (single.Value is IInvalidOperation) throw Silent(clause);
                if (IsNullLiteral(single.Value) && input.Layout.IsNullable)
                {
                    _b.Branch(Load(input.Part("hasValue")), next, body);
                    break;
                }
                Place value = NotNull(input, next);
                if (value.Layout.Kind != LayoutKind.Integer) throw Unsupported(clause, "This case");
                _b.Branch(_b.Compare(Op.Eq, Load(value), ConstantFor(single.Value, value.Layout)), body, next);
                break;
            case IPatternCaseClauseOperation { Guard: null } pattern:
                LowerPattern(pattern.Pattern, input, body, next);
                break;
            case IPatternCaseClauseOperation { Guard: { } guard } pattern:
                Block matched = _b.NewBlock();
                LowerPattern(pattern.Pattern, input, matched, next);
                _b.Continue(matched);
                LowerCondition(guard, body, next);
                break;
            default:
                throw Unsupported(clause, "This case");
        }
    }

    private void LowerSwitchExpression(ISwitchExpressionOperation expression, Place place)
    {
        if (expression.Value.Type?.SpecialType == SpecialType.System_String) throw Fail(Diagnostics.Ids.StringUse, expression.Value);
        Block end = _b.NewBlock();
        Place input = SwitchExpressionInput(expression);
        foreach (ISwitchExpressionArmOperation arm in expression.Arms)
        {
            Block matched = _b.NewBlock(), next = _b.NewBlock();
            LowerPattern(arm.Pattern, input, matched, next);
            _b.Continue(matched);
            if (arm.Guard is { } guard)
            {
                Block body = _b.NewBlock();
                LowerCondition(guard, body, next);
                _b.Continue(body);
            }
            if (arm.Value is IThrowOperation or IConversionOperation { Operand: IThrowOperation }) throw Fail(Diagnostics.Ids.ExceptionUse, arm.Value, "throw");
            LowerInto(arm.Value, place);
            _b.Jump(end);
            _b.Continue(next);
        }
        // No arm matches: .NET throws SwitchExpressionException.
        _b.Jump(FaultBlock());
        _b.Continue(end);
    }

    private Place SwitchExpressionInput(ISwitchExpressionOperation expression)
    {
        if (expression.Value is IInvalidOperation) throw Silent(expression);
        IOperation value = expression.Value;
        while (value is IConversionOperation { OperatorMethod: null, Operand: ITupleOperation } conversion) value = conversion.Operand;
        return SwitchInput(value, expression.Arms.Any(static a => a.Guard is not null));
    }
}
