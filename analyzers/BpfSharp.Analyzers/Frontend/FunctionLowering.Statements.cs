using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Statements.</summary>
internal sealed partial class FunctionLowering
{
    private readonly HashSet<ISymbol> _poisoned = new(SymbolEqualityComparer.Default);

    /// <summary>Lowers a statement. If it has an error, those after it are still looked at; what it declares is not looked at again.</summary>
    private void LowerStatement(IOperation statement)
    {
        _module.Cancellation.ThrowIfCancellationRequested();
        Frame frame = _frame;
        Cleanup? cleanup = _cleanup;
        if (_b.IsTerminated) _b.Continue(_b.NewBlock());
        _b.DebugId = _module.Positions.Id(statement.Syntax);
        try
        {
            Dispatch(statement);
        }
        catch (LoweringException)
        {
            _frame = frame;
            _cleanup = cleanup;
            foreach (IOperation operation in statement.DescendantsAndSelf())
            {
                if (operation is IVariableDeclaratorOperation declarator) _poisoned.Add(declarator.Symbol);
                else if (operation is IDeclarationExpressionOperation { Expression: ILocalReferenceOperation local }) _poisoned.Add(local.Local);
                else if (operation is IDeclarationPatternOperation { DeclaredSymbol: { } pattern }) _poisoned.Add(pattern);
                else if (operation is IRecursivePatternOperation { DeclaredSymbol: { } recursive }) _poisoned.Add(recursive);
            }
            _b.Continue(_b.NewBlock());
        }
    }

    private void Dispatch(IOperation statement)
    {
        switch (statement)
        {
            case IBlockOperation block: LowerBlock(block); break;
            case IVariableDeclarationGroupOperation group: LowerDeclarations(group); break;
            case IExpressionStatementOperation expression: LowerEffect(expression.Operation); break;
            case IConditionalOperation conditional: LowerIf(conditional); break;
            case ILoopOperation loop: LowerLoop(loop); break;
            case ISwitchOperation choice: LowerSwitch(choice); break;
            case IBranchOperation branch: LowerBranch(branch); break;
            case ILabeledOperation labeled: LowerLabeled(labeled); break;
            case IReturnOperation { Kind: OperationKind.Return } result: LowerReturn(result); break;
            case IReturnOperation: throw Fail(Ids.Iterator, statement);
            case IUsingOperation use: LowerUsing(use); break;
            case IUsingDeclarationOperation use: LowerDeclarations(use.DeclarationGroup); OpenCleanups(use.DeclarationGroup); break;
            case IEmptyOperation or ILocalFunctionOperation: break;
            case IThrowOperation: throw Fail(Ids.ExceptionUse, statement, "throw");
            case ITryOperation { Catches.IsEmpty: true, Finally: { } last } attempt: LowerTry(attempt, last); break;
            case ITryOperation: throw Fail(Ids.ExceptionUse, statement, "catch");
            case ILockOperation: throw Fail(Ids.Lock, statement);
            case IInvalidOperation: throw Silent(statement);
            case { Kind: OperationKind.None }: throw UnsupportedSyntax(statement);
            default: LowerEffect(statement); break;
        }
    }

    private void LowerBlock(IBlockOperation block)
    {
        Cleanup? outer = _cleanup;
        foreach (IOperation statement in block.Operations)
        {
            IOperation inner = statement;
            while (inner is ILabeledOperation labeled)
            {
                if (!_frame.Labels.ContainsKey(labeled.Label)) _frame.Labels[labeled.Label] = (_b.NewBlock(), _cleanup);
                inner = labeled.Operation ?? labeled;
                if (inner == labeled) break;
            }
        }
        foreach (IOperation statement in block.Operations) LowerStatement(statement);
        CloseCleanups(outer);
    }

    private void LowerDeclarations(IVariableDeclarationGroupOperation group)
    {
        foreach (IVariableDeclarationOperation declaration in group.Declarations)
        {
            foreach (IVariableDeclaratorOperation declarator in declaration.Declarators) LowerDeclarator(declarator, declaration);
        }
    }

    private void LowerDeclarator(IVariableDeclaratorOperation declarator, IVariableDeclarationOperation declaration)
    {
        ILocalSymbol local = declarator.Symbol;
        IOperation? initial = declarator.Initializer?.Value ?? declaration.Initializer?.Value;
        if (local.IsConst) return;
        if (initial is { Type: null } or IInvalidOperation) throw Silent(declarator);
        _b.DebugId = _module.Positions.Id(declarator.Syntax);
        // What the initial value is says more than the variable's type: new int[3] is an allocation.
        if (initial is not null && local.RefKind == RefKind.None) RejectValue(initial);
        Variable variable = Declare(local, declarator);
        Place place = new(Address(variable.Slot), 0, variable.IsReference ? Layouts.Pointer : variable.Layout);
        if (variable.IsReference)
        {
            if (initial is null) throw Silent(declarator);
            Store(place, AddressOf(LowerPlace(initial)));
            return;
        }
        // Declared again, in a loop: what it held is given back.
        if (KnownNames.MustBeGivenBack(variable.Layout.Type)) DisposeReservation(place);
        else if (variable.Layout.HasPadding) StoreZero(place);
        if (initial is not null) LowerInto(initial, place);
        else if (variable.Layout.Kind == LayoutKind.Struct && !variable.Layout.HasPadding) StoreZero(place);
    }

    /// <summary>Gives a local its slot.</summary>
    private Variable Declare(ILocalSymbol local, IOperation at)
    {
        if (_frame.Variables.TryGetValue(local, out Variable? variable)) return variable;
        TypeLayout layout = LayoutOf(local.Type, at);
        bool isReference = local.RefKind != RefKind.None, isReservation = !isReference && KnownNames.MustBeGivenBack(layout.Type);
        Slot slot = isReference ? _plan.Function.AddSlot(8, 8, local.Name)
            : isReservation ? _plan.Function.AddSlot(16, 8, local.Name)
            : _plan.Function.AddSlot(layout.Size, Math.Min(layout.Alignment, 8), local.Name);
        variable = new Variable(slot, layout, isReference);
        _frame.Variables.Add(local, variable);
        if (isReservation) _reservations.Add((slot, layout));
        return variable;
    }

    private void LowerIf(IConditionalOperation conditional)
    {
        Block whenTrue = _b.NewBlock(), end = _b.NewBlock();
        Block whenFalse = conditional.WhenFalse is null ? end : _b.NewBlock();
        LowerCondition(conditional.Condition, whenTrue, whenFalse);
        _b.Continue(whenTrue);
        LowerStatement(conditional.WhenTrue);
        _b.Jump(end);
        if (conditional.WhenFalse is { } otherwise)
        {
            _b.Continue(whenFalse);
            LowerStatement(otherwise);
            _b.Jump(end);
        }
        _b.Continue(end);
    }

    private void LowerBranch(IBranchOperation branch)
    {
        (Block block, Cleanup? cleanup) = Label(branch.Target);
        RunCleanups(cleanup);
        _b.Jump(block);
    }

    private void LowerLabeled(ILabeledOperation labeled)
    {
        (Block block, _) = Label(labeled.Label);
        _b.Jump(block);
        _b.Continue(block);
        if (labeled.Operation is { } operation) LowerStatement(operation);
    }

    private (Block Block, Cleanup? Cleanup) Label(ILabelSymbol label)
    {
        if (!_frame.Labels.TryGetValue(label, out (Block Block, Cleanup? Cleanup) target))
        {
            _frame.Labels[label] = target = (_b.NewBlock(), _cleanup);
        }
        return target;
    }

    private void LowerReturn(IReturnOperation statement)
    {
        Value? result = null;
        FunctionSignature signature = _frame.Signature;
        if (statement.ReturnedValue is { } value && signature.Result.Kind == LayoutKind.Void)
        {
            // An expression body of a void method.
            LowerEffect(value);
        }
        else if (statement.ReturnedValue is { } returned)
        {
            if (signature.ReturnsReference)
            {
                result = AddressOf(LowerPlace(returned));
            }
            else if (signature.HasResultPointer)
            {
                Slot slot = Expect(_frame.Result, statement);
                Value address = _frame.ReturnBlock is null ? _b.Load(IrType.Pointer(), Access.U64, Address(slot)) : Address(slot);
                LowerInto(returned, new Place(address, 0, signature.Result));
            }
            else
            {
                result = LowerValue(returned);
            }
        }
        else if (signature.ReturnsReference || signature.Result.Kind != LayoutKind.Void)
        {
            // Half-typed: the compiler of C# asks for the value.
            throw Silent(statement);
        }
        if (_frame.ReturnBlock is { } block)
        {
            if (result is not null) Store(new Place(Address(_frame.Result!), 0, signature.ReturnsReference ? Layouts.Pointer : signature.Result), result);
            RunCleanups(_frame.OuterCleanup);
            _b.Jump(block);
            return;
        }
        RunCleanups(_frame.OuterCleanup);
        _b.Return(result);
    }

    private LoweringException UnsupportedSyntax(IOperation operation)
    {
        if (operation.Syntax.GetDiagnostics().Any(static d => d.Severity == DiagnosticSeverity.Error)) return Silent(operation);
        return operation.Syntax.RawKind switch
        {
            (int)Microsoft.CodeAnalysis.CSharp.SyntaxKind.UnsafeStatement => Fail(Ids.UnsafePointer, operation, "'unsafe'"),
            (int)Microsoft.CodeAnalysis.CSharp.SyntaxKind.FixedStatement => Fail(Ids.UnsafePointer, operation, "'fixed'"),
            (int)Microsoft.CodeAnalysis.CSharp.SyntaxKind.PointerIndirectionExpression => Fail(Ids.UnsafePointer, operation, "Pointer access"),
            (int)Microsoft.CodeAnalysis.CSharp.SyntaxKind.PointerMemberAccessExpression => Fail(Ids.UnsafePointer, operation, "Pointer access"),
            (int)Microsoft.CodeAnalysis.CSharp.SyntaxKind.ElementAccessExpression => Fail(Ids.UnsafePointer, operation, "Pointer access"),
            _ => Unsupported(operation, $"'{Excerpt(operation)}'"),
        };
    }

    /// <summary>The beginning of an operation's text, for messages.</summary>
    private static string Excerpt(IOperation operation)
    {
        string text = operation.Syntax.ToString();
        int end = text.IndexOfAny(['\r', '\n']);
        if (end >= 0) text = text.Substring(0, end);
        return text.Length > 40 ? text.Substring(0, 40) + "…" : text;
    }
}
