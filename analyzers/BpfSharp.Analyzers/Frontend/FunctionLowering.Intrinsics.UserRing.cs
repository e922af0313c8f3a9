using BpfSharp.Compiler.IR;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Records from user space: the kernel calls back with each as a dynptr, and the body gets a copy that user space cannot change any more.</summary>
internal sealed partial class FunctionLowering
{
    private Value? _drained;

    private Value DrainUserRing(IntrinsicCall call)
    {
        MapInfo map = MapOf(call);
        Value state = AddressOf(LowerPlace(call.Operands[0]));
        FunctionPlan plan = PlanCallback(call, call.Operands[1], CallbackKind.Drain);
        Value context = CallbackContext(state);
        Value count = _b.CallHelper(Helpers.DrainUserRing, IrType.I64, _b.MapAddress(map.Spec.Name), _b.FunctionAddress(plan.Function.Name), context, _b.Const64(0));
        FaultIfCallbackFaulted(context);
        return _b.Add(Op.Trunc, IrType.I32, count);
    }

    /// <summary>Copies the record, which is the body's first parameter; what is shorter than a record is passed over.</summary>
    private void ReadDrained()
    {
        SignatureParameter record = _frame.Signature.Parameters[0];
        Place copy = NewTemporary(record.Layout);
        Value read = _b.CallHelper(Helpers.DynptrRead, IrType.I64, AddressOf(copy), _b.Const64(record.Layout.Size), _drained!, _b.Const64(0), _b.Const64(0));
        Block whole = _b.NewBlock(), tooShort = _b.NewBlock();
        BranchOnSuccess(read, whole, tooShort);
        _b.Continue(tooShort);
        _b.Return(_b.Const64(0));
        _b.Continue(whole);
        Bind(_frame, record, AddressOf(copy));
    }
}
