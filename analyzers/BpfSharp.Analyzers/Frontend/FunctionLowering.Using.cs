using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace BpfSharp.Analyzers.Frontend;

/// <summary><c>using</c>: disposal on every way out of a scope, faults included.</summary>
internal sealed partial class FunctionLowering
{
    private void LowerUsing(IUsingOperation statement)
    {
        if (statement.IsAsynchronous) throw Fail(Diagnostics.Ids.Async, statement);
        Cleanup? outer = _cleanup;
        if (statement.Resources is IVariableDeclarationGroupOperation group)
        {
            LowerDeclarations(group);
            OpenCleanups(group);
        }
        else
        {
            Place resource = NewTemporary(LayoutOf(statement.Resources));
            LowerInto(statement.Resources, resource);
            OpenCleanup(resource, statement.Resources);
        }
        LowerStatement(statement.Body);
        CloseCleanups(outer);
    }

    /// <summary><c>try</c> with <c>finally</c> alone: what stands there runs on every way out, faults included, as the disposal of a <c>using</c> does.</summary>
    private void LowerTry(ITryOperation attempt, IBlockOperation last)
    {
        Cleanup? outer = _cleanup;
        Frame frame = _frame;
        _cleanup = new Cleanup(outer, () =>
        {
            Frame current = _frame;
            _frame = frame;
            // It is lowered once for each way out; its own labels are new each time.
            foreach (IOperation operation in last.Descendants())
            {
                if (operation is ILabeledOperation labeled) _frame.Labels.Remove(labeled.Label);
            }
            LowerStatement(last);
            _frame = current;
        });
        LowerStatement(attempt.Body);
        CloseCleanups(outer);
    }

    private void OpenCleanups(IVariableDeclarationGroupOperation group)
    {
        foreach (IVariableDeclaratorOperation declarator in group.Declarations.SelectMany(static d => d.Declarators))
        {
            OpenCleanup(PlaceOf(Variable(declarator.Symbol, declarator)), declarator);
        }
    }

    private void OpenCleanup(Place resource, IOperation at)
    {
        if (resource.Layout.Type is not INamedTypeSymbol type) throw Silent(at);
        CheckLockResource(resource, at);
        IMethodSymbol? dispose = type.GetMembers("Dispose").OfType<IMethodSymbol>().FirstOrDefault(static m => m.Parameters.IsEmpty && !m.IsStatic);
        if (dispose is null) throw Unsupported(at, $"using of '{type.ToDisplayString()}'");
        Frame frame = _frame;
        _cleanup = new Cleanup(_cleanup, () =>
        {
            Frame current = _frame;
            _frame = frame;
            CallWithReceiver(dispose, resource, at);
            _frame = current;
        });
    }

    /// <summary>Emits the disposals from here out to a scope, and stays inside.</summary>
    private void RunCleanups(Cleanup? outer)
    {
        Cleanup? open = _cleanup;
        while (_cleanup != outer && _cleanup is { } cleanup)
        {
            _cleanup = cleanup.Outer;
            cleanup.Emit();
        }
        _cleanup = open;
    }

    /// <summary>Leaves the scopes down to one at the end of a block.</summary>
    private void CloseCleanups(Cleanup? outer)
    {
        if (!_b.IsTerminated) RunCleanups(outer);
        _cleanup = outer;
    }
}
