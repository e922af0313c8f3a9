using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>What tracing programs ask for: the current process's memory and call stacks.</summary>
internal sealed partial class FunctionLowering
{
    private Value ReadUserString(IntrinsicCall call)
    {
        Value address = LowerValue(call.Operands[0]);
        (Value pointer, Value length) = ReadSpan(LowerPlace(call.Operands[1]));
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        Value result = _b.Add(Op.Trunc, IrType.I32, _b.CallHelper(Helpers.ProbeReadUserString, IrType.I64, pointer, Scale(length, 1), address));
        return WithZeroOfEmptyString(result, length);
    }

    /// <summary>Kernels up to 6.12 at least say 0 for an empty string, although its zero was copied and is counted in any other.</summary>
    private Value WithZeroOfEmptyString(Value result, Value length) => Select(
        _b.Compare(Op.Eq, result, _b.Const32(0)),
        Layouts.Int32,
        () => _b.Compare(Op.Ne, length, _b.Const32(0)),
        () => result);

    private void TryReadUser(IntrinsicCall call, Block whenTrue, Block whenFalse)
    {
        Value address = LowerValue(call.Operands[0]);
        Place result = LowerPlace(call.Operands[1]);
        if (result.Layout.HasPointers) throw Fail(Ids.MapType, call.Operation, result.Layout.Type.ToDisplayString());
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        // The helper writes zeros if it fails.
        BranchOnSuccess(_b.CallHelper(Helpers.ProbeReadUser, IrType.I64, AddressOf(result), _b.Const64(result.Layout.Size), address), whenTrue, whenFalse);
    }

    private Value CaptureStack(IntrinsicCall call)
    {
        MapInfo map = MapOf(call);
        Value context = LowerValue(call.Operands[0]), flags = LowerValue(call.Operands[1]);
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        return _b.Add(Op.Trunc, IrType.I32, _b.CallHelper(Helpers.GetStackId, IrType.I64, context, _b.MapAddress(map.Spec.Name), flags));
    }
}
