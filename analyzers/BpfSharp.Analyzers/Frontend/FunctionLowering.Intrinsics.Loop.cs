using System.Collections.Immutable;
using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Compiler.IR;
using BpfSharp.Objects.Kernel;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>
/// <c>Bpf.Loop</c> and <c>ForEach</c> of maps: the kernel calls the body back with the index, or key and value, and one pointer. It points to the state's
/// address and a flag by which the body tells of a fault, which cannot leave through the helper.
/// </summary>
internal sealed partial class FunctionLowering
{
    private const int ContextSize = 16, FaultOffset = 8;

    /// <summary>The kernel's <c>BPF_MAX_LOOPS</c>.</summary>
    private const int MaximumLoops = 8 * 1024 * 1024;

    private Slot? _callbackContext;

    private Value KernelLoop(IntrinsicCall call)
    {
        Value count = LowerValue(call.Operands[0]);
        Value state = AddressOf(LowerPlace(call.Operands[1]));
        FunctionPlan plan = PlanCallback(call, call.Operands[2], CallbackKind.Loop);
        // The kernel's answer to more is E2BIG in 32 or 64 bits, by whether it inlines the loop.
        FaultIfTooManyRounds(count);
        if (count.Op == Op.Const) return count.Immediate == 0 ? _b.Const32(0) : RunLoop(call, count, state, plan);
        // Of no rounds the verifier never sees the body, removes it, and is left with its address.
        Place rounds = NewTemporary(Layouts.Int32);
        Store(rounds, _b.Const32(0));
        Block some = _b.NewBlock(), end = _b.NewBlock();
        _b.Branch(_b.Compare(Op.Ne, count, _b.Constant(count.Type, 0)), some, end);
        _b.Continue(some);
        Store(rounds, RunLoop(call, count, state, plan));
        _b.Jump(end);
        _b.Continue(end);
        return Load(rounds);
    }

    private Value RunLoop(IntrinsicCall call, Value count, Value state, FunctionPlan plan)
    {
        Value context = CallbackContext(state);
        Value rounds = _b.CallHelper(Helpers.Loop, IrType.I64, ToWidth64(count, LayoutOf(call.Operands[0])), _b.FunctionAddress(plan.Function.Name), context, _b.Const64(0));
        FaultIfCallbackFaulted(context);
        return _b.Add(Op.Trunc, IrType.I32, rounds);
    }

    private Value MapForEach(IntrinsicCall call)
    {
        MapInfo map = MapOf(call);
        RequireOwnMap(map, call.Operation);
        if (map.Spec.Type is not (MapType.Hash or MapType.LruHash or MapType.PerCpuHash or MapType.LruPerCpuHash or MapType.Array or MapType.PerCpuArray))
        {
            throw Fail(Ids.MapUse, call.Operation, "the kernel does not walk maps of its type");
        }
        Value state = AddressOf(LowerPlace(call.Operands[0]));
        FunctionPlan plan = PlanCallback(call, call.Operands[1], CallbackKind.ForEach);
        Value context = CallbackContext(state);
        Value count = _b.CallHelper(Helpers.ForEachMapElement, IrType.I64, Address(map), _b.FunctionAddress(plan.Function.Name), context, _b.Const64(0));
        FaultIfCallbackFaulted(context);
        return _b.Add(Op.Trunc, IrType.I32, count);
    }

    private FunctionPlan PlanCallback(IntrinsicCall call, IOperation body, CallbackKind kind)
    {
        FunctionPlan plan = _module.PlanCallback(CallbackTarget(body), _frame.Substitution, body.Syntax, kind) ?? throw new LoweringException();
        _plan.Calls.Add((plan, call.Operation.Syntax));
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        return plan;
    }

    private Value CallbackContext(Value state)
    {
        Value context = Address(_plan.Function.AddSlot(ContextSize, 8, ""));
        _b.Store(Access.U64, context, state);
        _b.Store(Access.U64, context, _b.Const64(0), FaultOffset);
        return context;
    }

    private void FaultIfCallbackFaulted(Value context) => FaultIf(_b.Compare(Op.Ne, _b.Load(IrType.I64, Access.U64, context, FaultOffset), _b.Const64(0)));

    private IMethodSymbol CallbackTarget(IOperation operand)
    {
        while (operand is IConversionOperation { OperatorMethod: null } conversion) operand = conversion.Operand;
        switch (operand)
        {
            case IDelegateCreationOperation { Target: IAnonymousFunctionOperation lambda }:
                if (Captured(lambda.Body, lambda.Symbol) is { } captured) throw Fail(Ids.Closure, operand, captured);
                return lambda.Symbol;
            case IDelegateCreationOperation { Target: IMethodReferenceOperation { Method: { IsStatic: true } method } } when IsSource(method):
                return _frame.Substitution.Apply(method, _module.Compilation);
            default:
                throw Fail(Ids.DelegateUse, operand, Excerpt(operand));
        }
    }

    private void BindCallback()
    {
        ImmutableArray<SignatureParameter> parameters = _frame.Signature.Parameters;
        Value first = _b.Parameter(0), second = _b.Parameter(1);
        if (_plan.Callback == CallbackKind.Loop)
        {
            _callbackContext = KeepPointer(second, "context");
            Bind(_frame, parameters[0], _b.Add(Op.Trunc, IrType.I32, first));
            Bind(_frame, parameters[1], _b.Load(IrType.Pointer(), Access.U64, second));
        }
        else if (_plan.Callback == CallbackKind.Drain)
        {
            _drained = first;
            _callbackContext = KeepPointer(second, "context");
            Bind(_frame, parameters[1], _b.Load(IrType.Pointer(), Access.U64, second));
        }
        else if (_plan.Callback == CallbackKind.Timer)
        {
            Bind(_frame, parameters[0], second);
            Bind(_frame, parameters[1], _b.Parameter(2));
            _frame.ReturnBlock = _b.NewBlock();
            return;
        }
        else
        {
            Value value = _b.Parameter(2), context = _b.Parameter(3);
            _callbackContext = KeepPointer(context, "context");
            Bind(_frame, parameters[0], second);
            Bind(_frame, parameters[1], value);
            Bind(_frame, parameters[2], _b.Load(IrType.Pointer(), Access.U64, context));
        }
        _frame.Result = _plan.Function.AddSlot(1, 1, "");
        _frame.ReturnBlock = _b.NewBlock();
    }

    /// <summary>The kernel goes on at 0 and stops at 1.</summary>
    private void FinishCallback()
    {
        _b.Jump(_frame.ReturnBlock!);
        _b.Continue(_frame.ReturnBlock!);
        if (_plan.Callback == CallbackKind.Timer)
        {
            _b.Return(_b.Const64(0));
            return;
        }
        Value goesOn = Load(new Place(Address(_frame.Result!), 0, Layouts.Boolean));
        // Compared and not inverted: a bool from memory may hold any byte, and the verifier wants 0 or 1.
        _b.Return(_b.Add(Op.ZExt32, IrType.I64, _b.Compare(Op.Eq, goesOn, _b.Const32(0))));
    }

    private void FaultInCallback()
    {
        if (_plan.Callback == CallbackKind.Timer)
        {
            _b.Return(_b.Const64(0));
            return;
        }
        Value context = _b.Load(IrType.Pointer(), Access.U64, Address(_callbackContext!));
        _b.Store(Access.U64, context, _b.Const64(1), FaultOffset);
        _b.Return(_b.Const64(1));
    }
}
