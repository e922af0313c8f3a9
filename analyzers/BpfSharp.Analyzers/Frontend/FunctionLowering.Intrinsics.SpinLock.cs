using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>
/// Spin locks (and timers, as far as values are copied): a scope that holds one is its address. <c>using</c> gives it back on every way out. Loads and stores must not touch
/// the lock itself, so values that have one are copied and zeroed around it.
/// </summary>
internal sealed partial class FunctionLowering
{
    private Value EnterLock(IntrinsicCall call)
    {
        if (!IsUsingResource(call.Operation)) throw Fail(Ids.LockScope, call.Operation, Excerpt(call.Operation));
        Place held = LowerPlace(call.Instance!);
        if (held.Pointer.Op == Op.SlotAddress) throw Fail(Ids.LockPlace, call.Instance!, Excerpt(call.Instance!));
        Value address = AddressOf(held);
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        _b.CallHelper(Helpers.SpinLock, IrType.I64, address);
        return address;
    }

    private void LeaveLock(Place scope) => _b.CallHelper(Helpers.SpinUnlock, IrType.I64, Load(scope));

    /// <summary>A scope is disposed once, by the using that began with the call.</summary>
    private void CheckLockResource(Place resource, IOperation at)
    {
        if (!resource.Layout.Type.Is(KnownNames.SpinLockScope)) return;
        IOperation? source = at is IVariableDeclaratorOperation declarator ? declarator.GetVariableInitializer()?.Value : at;
        while (source is IConversionOperation conversion) source = conversion.Operand;
        if (source is not IInvocationOperation { TargetMethod.Name: "Enter" }) throw Fail(Ids.LockScope, at, Excerpt(at));
    }

    private static bool IsUsingResource(IOperation operation)
    {
        IOperation? parent = operation.Parent;
        while (parent is IVariableInitializerOperation or IVariableDeclaratorOperation or IVariableDeclarationOperation or IVariableDeclarationGroupOperation or IConversionOperation)
        {
            parent = parent.Parent;
        }
        return parent is IUsingDeclarationOperation || parent is IUsingOperation { Resources: { } resources } && resources.Syntax.Span.Contains(operation.Syntax.Span);
    }

    /// <summary>Copies a value but not the locks in it.</summary>
    private void CopyAroundLocks(Place to, Value from)
    {
        foreach ((int start, int size) in PartsBesideLocks(to.Layout)) _b.Copy(_b.Offset(to.Pointer, to.Offset + start), _b.Offset(from, start), size);
    }

    private void ZeroAroundLocks(Place place)
    {
        foreach ((int start, int size) in PartsBesideLocks(place.Layout)) _b.Zero(_b.Offset(place.Pointer, place.Offset + start), size);
    }

    private static List<(int Start, int Size)> PartsBesideLocks(TypeLayout layout)
    {
        List<(int At, int Size)> locks = [];
        FindLocks(layout, 0, locks);
        List<(int, int)> parts = [];
        int start = 0;
        foreach ((int at, int size) in locks.Append((layout.Size, 0)))
        {
            if (at > start) parts.Add((start, at - start));
            start = at + size;
        }
        return parts;
    }

    private static void FindLocks(TypeLayout layout, int offset, List<(int At, int Size)> locks)
    {
        if (layout.IsLock) locks.Add((offset, layout.Size));
        if (!layout.HasLock || layout.IsLock) return;
        for (int i = 0; i < Math.Max(layout.ElementCount, 1); i++)
        {
            foreach (FieldLayout field in layout.Fields) FindLocks(field.Layout, offset + (i * (layout.Element?.Size ?? 0)) + field.Offset, locks);
        }
    }
}
