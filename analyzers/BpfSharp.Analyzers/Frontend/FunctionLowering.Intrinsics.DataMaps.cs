using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Maps without keys: queues, stacks, Bloom filters, perf buffers; and control groups.</summary>
internal sealed partial class FunctionLowering
{
    /// <summary><c>BPF_F_CURRENT_CPU</c>: the buffer of the processor that runs the program.</summary>
    private const long CurrentProcessor = 0xFFFF_FFFF;

    private void MapPush(IntrinsicCall call, long flags, Block whenTrue, Block whenFalse) => BranchOnSuccess(Push(call, flags), whenTrue, whenFalse);

    private Value Push(IntrinsicCall call, long flags)
    {
        MapInfo map = MapOf(call);
        Value value = HelperMemory(call.Operands[0]);
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        return _b.CallHelper(Helpers.MapPush, IrType.I64, _b.MapAddress(map.Spec.Name), value, _b.Const64(flags));
    }

    /// <summary>Copies a value out. The helper writes nothing where it cannot get the map's lock, so the zeros of failure are ours.</summary>
    private void MapTake(IntrinsicCall call, int helper, Block whenTrue, Block whenFalse)
    {
        MapInfo map = MapOf(call);
        Place result = LowerPlace(call.Operands[0]);
        bool isDirect = result.Pointer.Op == Op.SlotAddress && result.Layout.Kind == LayoutKind.Struct;
        Place taken = isDirect ? result : NewTemporary(result.Layout);
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        Value outcome = _b.CallHelper(helper, IrType.I64, _b.MapAddress(map.Spec.Name), AddressOf(taken));
        Block some = _b.NewBlock(), none = _b.NewBlock();
        BranchOnSuccess(outcome, some, none);
        _b.Continue(some);
        if (!isDirect) Store(result, Load(taken));
        _b.Jump(whenTrue);
        _b.Continue(none);
        StoreZero(result);
        _b.Jump(whenFalse);
    }

    private Value? BloomAdd(IntrinsicCall call)
    {
        Push(call, Any);
        return null;
    }

    /// <summary>
    /// Asks for a copy that is made here. Linux 7.2 takes the helper for one that only writes the value, as it does for queues, and forgets what was
    /// stored on the stack before a branch.
    /// </summary>
    private void BloomMayContain(IntrinsicCall call, Block whenTrue, Block whenFalse)
    {
        MapInfo map = MapOf(call);
        IOperation operand = call.Operands[0];
        Value value = CopyOf(HasPlace(operand) ? LowerPlace(operand) : ValueCopy(operand));
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        BranchOnSuccess(_b.CallHelper(Helpers.MapPeek, IrType.I64, _b.MapAddress(map.Spec.Name), value), whenTrue, whenFalse);
    }

    private void PerfOutput(IntrinsicCall call, Block whenTrue, Block whenFalse)
    {
        MapInfo map = MapOf(call);
        Value context = LowerValue(call.Operands[0]), record = HelperMemory(call.Operands[1]);
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        Value result = _b.CallHelper(
            Helpers.PerfEventOutput, IrType.I64, context, _b.MapAddress(map.Spec.Name), _b.Const64(CurrentProcessor), record, _b.Const64(map.Value!.Size));
        BranchOnSuccess(result, whenTrue, whenFalse);
    }

    /// <summary>1 for yes, 0 for no, negative where there is no such group.</summary>
    private void IsCurrentTaskInCgroup(IntrinsicCall call, Block whenTrue, Block whenFalse)
    {
        MapInfo map = MapOf(call);
        Value index = ToWidth64(LowerValue(call.Operands[0]), LayoutOf(call.Operands[0]));
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        Value result = _b.CallHelper(Helpers.CurrentTaskUnderCgroup, IrType.I64, _b.MapAddress(map.Spec.Name), index);
        _b.Branch(_b.Compare(Op.Eq, result, _b.Const64(1)), whenTrue, whenFalse);
    }
}
