using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Timers in map values. The kernel calls back long after the program; a fault in the callback ends the callback alone.</summary>
internal sealed partial class FunctionLowering
{
    private const int MonotonicClock = 1;

    private Value TimerAddress(IntrinsicCall call)
    {
        Place timer = LowerPlace(call.Instance!);
        if (timer.Pointer.Op == Op.SlotAddress) throw Fail(Ids.LockPlace, call.Instance!, Excerpt(call.Instance!));
        return AddressOf(timer);
    }

    private Value TimerInit(IntrinsicCall call)
    {
        Value timer = TimerAddress(call);
        MapInfo map = MapOf(MapOperand(call), call);
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        return Succeeded(_b.CallHelper(Helpers.TimerInit, IrType.I64, timer, Address(map), _b.Const64(MonotonicClock)));
    }

    private Value TimerSetCallback(IntrinsicCall call)
    {
        Value timer = TimerAddress(call);
        MapOf(MapOperand(call), call);
        FunctionPlan plan = PlanCallback(call, call.Operands[1], CallbackKind.Timer);
        return Succeeded(_b.CallHelper(Helpers.TimerSetCallback, IrType.I64, timer, _b.FunctionAddress(plan.Function.Name)));
    }

    private Value TimerStart(IntrinsicCall call)
    {
        Value timer = TimerAddress(call), time = LowerValue(call.Operands[0]);
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        return Succeeded(_b.CallHelper(Helpers.TimerStart, IrType.I64, timer, time, _b.Const64(0)));
    }

    private Value TimerCancel(IntrinsicCall call)
    {
        Value timer = TimerAddress(call);
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        return _b.Compare(Op.SLt, _b.Const64(0), _b.CallHelper(Helpers.TimerCancel, IrType.I64, timer));
    }

    private Value Succeeded(Value result) => _b.Compare(Op.Eq, result, _b.Const64(0));

    /// <summary>The map, behind its conversion to the base class that has the keys' and values' types.</summary>
    private static IOperation MapOperand(IntrinsicCall call)
    {
        IOperation operand = call.Operands[0];
        while (operand is IConversionOperation { OperatorMethod: null } conversion) operand = conversion.Operand;
        return operand;
    }
}
