using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Loops.</summary>
internal sealed partial class FunctionLowering
{
    private void LowerLoop(ILoopOperation loop)
    {
        Block body = _b.NewBlock(), next = _b.NewBlock(), exit = _b.NewBlock();
        _frame.Labels[loop.ContinueLabel] = (next, _cleanup);
        _frame.Labels[loop.ExitLabel] = (exit, _cleanup);
        switch (loop)
        {
            case IWhileLoopOperation { Condition: { } condition } whileLoop:
                RejectEndless(loop, condition);
                LowerWhile(whileLoop, condition, body, next, exit);
                break;
            case IForLoopOperation forLoop:
                RejectEndless(loop, forLoop.Condition);
                LowerFor(forLoop, body, next, exit);
                break;
            case IForEachLoopOperation { IsAsynchronous: true }:
                throw Fail(Ids.Async, loop);
            case IForEachLoopOperation forEach:
                LowerForEach(forEach, body, next, exit);
                break;
            default:
                throw Unsupported(loop, "This loop");
        }
        _b.Continue(exit);
    }

    /// <summary>A loop whose condition is always true and that nothing leaves.</summary>
    private void RejectEndless(ILoopOperation loop, IOperation? condition)
    {
        if (condition is not null && condition.ConstantValue is not { HasValue: true, Value: true }) return;
        HashSet<ILabelSymbol> inside = new(SymbolEqualityComparer.Default);
        foreach (IOperation operation in loop.Body.DescendantsAndSelf())
        {
            if (operation is ILabeledOperation labeled) inside.Add(labeled.Label);
            else if (operation is ILoopOperation nested) inside.UnionWith([nested.ExitLabel, nested.ContinueLabel]);
            else if (operation is ISwitchOperation choice)
            {
                inside.Add(choice.ExitLabel);
                inside.UnionWith(choice.Cases.SelectMany(static c => c.Clauses).Select(static c => c.Label).OfType<ILabelSymbol>());
            }
        }
        inside.Add(loop.ContinueLabel);
        bool leaves = loop.Body.DescendantsAndSelf().Any(o => o is IReturnOperation or IThrowOperation or IInvalidOperation || o is IBranchOperation branch && !inside.Contains(branch.Target));
        if (!leaves) throw Fail(Ids.EndlessLoop, loop);
    }

    private void LowerWhile(IWhileLoopOperation loop, IOperation condition, Block body, Block next, Block exit)
    {
        (Block whenTrue, Block whenFalse) = loop.ConditionIsUntil ? (exit, body) : (body, exit);
        _b.Jump(loop.ConditionIsTop ? next : body);
        if (loop.ConditionIsTop)
        {
            _b.Continue(next);
            LowerCondition(condition, whenTrue, whenFalse);
        }
        _b.Continue(body);
        LowerStatement(loop.Body);
        _b.Jump(next);
        if (!loop.ConditionIsTop)
        {
            _b.Continue(next);
            LowerCondition(condition, whenTrue, whenFalse);
        }
    }

    private void LowerFor(IForLoopOperation loop, Block body, Block next, Block exit)
    {
        foreach (IOperation statement in loop.Before) LowerStatement(statement);
        Block test = _b.NewBlock();
        _b.Jump(test);
        _b.Continue(test);
        if (loop.Condition is { } condition) LowerCondition(condition, body, exit);
        else _b.Jump(body);
        _b.Continue(body);
        LowerStatement(loop.Body);
        _b.Jump(next);
        _b.Continue(next);
        foreach (IOperation statement in loop.AtLoopBottom) LowerStatement(statement);
        _b.Jump(test);
    }

    private void LowerForEach(IForEachLoopOperation loop, Block body, Block next, Block exit)
    {
        IOperation collection = loop.Collection;
        while (collection is IConversionOperation { OperatorMethod: null } conversion && conversion.Conversion.IsIdentity) collection = conversion.Operand;
        if (collection.Type is IArrayTypeSymbol array) throw Fail(Ids.ArrayUse, collection, array.ToDisplayString());
        RejectValue(collection);
        if (collection is IInvocationOperation { TargetMethod: { } source } && _module.IsIterator(source)) throw Fail(Ids.Iterator, collection);
        if (RangeOf(collection) is { } range)
        {
            LowerForEachRange(loop, range, body, next, exit);
            return;
        }
        TypeLayout layout = LayoutOf(collection);
        if (layout.IsSpan || layout.ElementCount > 0) LowerForEachElement(loop, collection, layout, body, next, exit);
        else LowerForEachPattern(loop, collection, layout, body, next, exit);
    }

    private void LowerForEachElement(IForEachLoopOperation loop, IOperation collection, TypeLayout layout, Block body, Block next, Block exit)
    {
        TypeLayout element = layout.Element!;
        Place pointer = NewTemporary(Layouts.Pointer), length = NewTemporary(Layouts.Int32), index = NewTemporary(Layouts.Int32);
        if (layout.IsSpan)
        {
            (Value address, Value count) = ReadSpan(LowerPlace(collection));
            Store(pointer, address);
            Store(length, count);
        }
        else
        {
            Store(pointer, AddressOf(LowerPlace(collection)));
        }
        Store(index, _b.Const32(0));
        Block test = _b.NewBlock();
        _b.Jump(test);
        _b.Continue(test);
        // An inline array's length is in the comparison itself: the verifier sees the bound.
        Value limit = layout.IsSpan ? Load(length) : _b.Const32(layout.ElementCount);
        _b.Branch(_b.Compare(Op.ULt, Load(index), limit), body, exit);
        _b.Continue(body);
        BindLoopVariable(loop, ElementUnchecked(Load(pointer), 0, Load(index), element));
        LowerStatement(loop.Body);
        _b.Jump(next);
        _b.Continue(next);
        Store(index, _b.Binary(Op.Add, Load(index), _b.Const32(1)));
        _b.Jump(test);
    }

    private void BindLoopVariable(IForEachLoopOperation loop, Place element)
    {
        switch (loop.LoopControlVariable)
        {
            case IVariableDeclaratorOperation { Symbol: { } local } declarator:
                Variable variable = Declare(local, declarator);
                if (variable.IsReference) _b.Store(Access.U64, Address(variable.Slot), AddressOf(element));
                else ConvertPart(element, PlaceOf(variable), declarator);
                break;
            case IDeclarationExpressionOperation { Expression: ITupleOperation tuple }:
                BindTuple(tuple, element, loop);
                break;
            case ITupleOperation tuple:
                BindTuple(tuple, element, loop);
                break;
            default:
                throw Silent(loop);
        }
    }

    private void BindTuple(ITupleOperation tuple, Place element, IOperation at)
    {
        List<(Target? Target, TypeLayout? Layout)> targets = [];
        CollectTargets(tuple, targets);
        List<Place> values = [];
        Deconstruct(tuple, element, null, values, at);
        for (int i = 0; i < targets.Count; i++)
        {
            if (targets[i].Target is { } target) Store(target, Load(values[i]), at);
        }
    }

    /// <summary>Over a type with <c>GetEnumerator</c>, <c>MoveNext</c> and <c>Current</c> in source.</summary>
    private void LowerForEachPattern(IForEachLoopOperation loop, IOperation collection, TypeLayout layout, Block body, Block next, Block exit)
    {
        if (loop.Syntax is not CommonForEachStatementSyntax syntax) throw Silent(loop);
        ForEachStatementInfo info = _module.Model(syntax.SyntaxTree).GetForEachStatementInfo(syntax);
        if (info.GetEnumeratorMethod is not { } getEnumerator || info.MoveNextMethod is not { } moveNext || info.CurrentProperty?.GetMethod is not { } current) throw Silent(loop);
        getEnumerator = _frame.Substitution.Apply(getEnumerator, _module.Compilation);
        if (!getEnumerator.ReturnType.IsValueType || !IsSource(getEnumerator) || getEnumerator.IsStatic) throw Unsupported(loop, $"foreach over '{layout.Type.ToDisplayString()}'");
        Place source = LowerPlace(collection);
        TypeLayout enumeratorLayout = LayoutOf(getEnumerator.ReturnType, loop);
        Place enumerator = NewTemporary(enumeratorLayout);
        Value made = CallMethod(getEnumerator, AddressOf(source), [], loop, null) ?? throw Silent(loop);
        Store(enumerator, made);
        Cleanup? outer = _cleanup;
        if (enumeratorLayout.Type.GetMembers("Dispose").OfType<IMethodSymbol>().Any(static m => m.Parameters.IsEmpty)) OpenCleanup(enumerator, loop);
        _frame.Labels[loop.ContinueLabel] = (next, _cleanup);
        Block end = _b.NewBlock();
        _frame.Labels[loop.ExitLabel] = (end, _cleanup);
        _b.Jump(next);
        _b.Continue(next);
        Value more = CallMethod(moveNext, AddressOf(enumerator), [], loop, null) ?? throw Silent(loop);
        _b.Branch(more, body, end);
        _b.Continue(body);
        TypeLayout element = LayoutOf(info.CurrentProperty.Type, loop);
        Value item = CallMethod(current, AddressOf(enumerator), [], loop, null) ?? throw Silent(loop);
        Place place;
        if (current.ReturnsByRef || current.ReturnsByRefReadonly || !element.IsScalar) place = new Place(item, 0, element);
        else Store(place = NewTemporary(element), item);
        BindLoopVariable(loop, place);
        LowerStatement(loop.Body);
        _b.Jump(next);
        _b.Continue(end);
        CloseCleanups(outer);
        _b.Jump(exit);
    }
}
