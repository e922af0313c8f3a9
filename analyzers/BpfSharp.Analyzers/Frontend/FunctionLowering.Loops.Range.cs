using BpfSharp.Compiler;
using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>
/// <c>foreach</c> over <c>Bpf.Range</c>: written as the kernel's iterator over numbers, which a pass turns into what the oldest kernel has. The iterator
/// counts from 0, and is given back on every way out of the loop.
/// </summary>
internal sealed partial class FunctionLowering
{
    private static IInvocationOperation? RangeOf(IOperation collection) =>
        collection is IInvocationOperation call && IsKernelType(call.TargetMethod.ContainingType) && IntrinsicName(call.TargetMethod.OriginalDefinition) == "range" ? call : null;

    private void LowerForEachRange(IForEachLoopOperation loop, IInvocationOperation range, Block body, Block next, Block exit)
    {
        Value[] bounds = EvaluateArguments(range.Arguments, range.TargetMethod.Parameters, range);
        _b.DebugId = _module.Positions.Id(range.Syntax);
        Place start = NewTemporary(Layouts.Get(_module.Compilation.GetSpecialType(SpecialType.System_UInt32))!);
        Store(start, bounds.Length == 1 ? _b.Const32(0) : bounds[0]);
        Value count = bounds.Length == 1 ? bounds[0] : Distance(bounds[0], bounds[1]);
        FaultIfTooManyRounds(count);
        Value iterator = Address(_plan.Function.AddSlot(8, 8, ""));
        _b.CallKernel(KernelFunctions.NewNumbers, IrType.I32, iterator, _b.Const32(0), count);
        Cleanup? outer = _cleanup;
        _cleanup = new Cleanup(outer, () => _b.CallKernel(KernelFunctions.DestroyNumbers, IrType.Void, iterator));
        _frame.Labels[loop.ContinueLabel] = (next, _cleanup);
        Block end = _b.NewBlock();
        _frame.Labels[loop.ExitLabel] = (end, _cleanup);
        _b.Jump(next);
        _b.Continue(next);
        Value number = _b.CallKernel(KernelFunctions.NextNumber, IrType.Pointer(Region.Memory), iterator);
        _b.Branch(_b.Compare(Op.Ne, number, _b.Null(Region.Memory)), body, end);
        _b.Continue(body);
        Place item = NewTemporary(start.Layout);
        Value index = _b.Load(IrType.I32, Access.U32, number);
        Store(item, bounds.Length == 1 ? index : _b.Binary(Op.Add, index, Load(start)));
        BindLoopVariable(loop, item);
        LowerStatement(loop.Body);
        _b.Jump(next);
        _b.Continue(end);
        CloseCleanups(outer);
        _b.Jump(exit);
    }

    /// <summary>From the first to behind the last number, 0 if that is not above.</summary>
    private Value Distance(Value start, Value end)
    {
        if (start.Op == Op.Const && end.Op == Op.Const) return _b.Const32((uint)start.Immediate < (uint)end.Immediate ? (int)(end.Immediate - start.Immediate) : 0);
        Place result = NewTemporary(Layouts.Int32);
        Block some = _b.NewBlock(), done = _b.NewBlock();
        Store(result, _b.Const32(0));
        _b.Branch(_b.Compare(Op.ULt, start, end), some, done);
        _b.Continue(some);
        Store(result, _b.Binary(Op.Sub, end, start));
        _b.Jump(done);
        _b.Continue(done);
        return Load(result);
    }

    /// <summary>The kernel refuses more; where the rounds become an ordinary loop, the compiler lowers the marked limit.</summary>
    private void FaultIfTooManyRounds(Value count)
    {
        if (count.Op == Op.Const && (uint)count.Immediate <= MaximumLoops) return;
        Value limit = _b.Const32(MaximumLoops);
        limit.Name = KernelFunctions.RoundLimit;
        FaultIf(_b.Compare(Op.ULt, limit, count));
    }
}
