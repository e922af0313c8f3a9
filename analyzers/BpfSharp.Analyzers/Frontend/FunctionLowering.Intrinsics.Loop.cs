using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>
/// <c>Bpf.Loop</c>: the kernel calls the body back with the index and one pointer. It points to the state's address and a flag by which the
/// body tells of a fault, which cannot leave through the helper.
/// </summary>
internal sealed partial class FunctionLowering
{
    private const int LoopContextSize = 16, LoopFaultOffset = 8;

    /// <summary>The kernel's <c>BPF_MAX_LOOPS</c>.</summary>
    private const int MaximumLoops = 8 * 1024 * 1024;

    private Slot? _loopContext;

    private Value KernelLoop(IntrinsicCall call)
    {
        IMethodSymbol body = LoopTarget(call.Operands[2]);
        Value count = LowerValue(call.Operands[0]);
        Value state = AddressOf(LowerPlace(call.Operands[1]));
        if (_module.PlanLoopBody(body, _frame.Substitution, call.Operands[2].Syntax) is not { } plan) throw new LoweringException();
        _plan.Calls.Add((plan, call.Operation.Syntax));
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        // The kernel's answer to more is E2BIG in 32 or 64 bits, by whether it inlines the loop.
        FaultIfTooManyRounds(count);
        Value context = Address(_plan.Function.AddSlot(LoopContextSize, 8, ""));
        _b.Store(Access.U64, context, state);
        _b.Store(Access.U64, context, _b.Const64(0), LoopFaultOffset);
        Value rounds = _b.CallHelper(Helpers.Loop, IrType.I64, ToWidth64(count, LayoutOf(call.Operands[0])), _b.FunctionAddress(plan.Function.Name), context, _b.Const64(0));
        FaultIf(_b.Compare(Op.Ne, _b.Load(IrType.I64, Access.U64, context, LoopFaultOffset), _b.Const64(0)));
        return _b.Add(Op.Trunc, IrType.I32, rounds);
    }

    private IMethodSymbol LoopTarget(IOperation operand)
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

    private void BindLoopBody()
    {
        Value index = _b.Parameter(0), context = _b.Parameter(1);
        _loopContext = KeepPointer(context, "context");
        Bind(_frame, _frame.Signature.Parameters[0], _b.Add(Op.Trunc, IrType.I32, index));
        Bind(_frame, _frame.Signature.Parameters[1], _b.Load(IrType.Pointer(), Access.U64, context));
        _frame.Result = _plan.Function.AddSlot(1, 1, "");
        _frame.ReturnBlock = _b.NewBlock();
    }

    /// <summary>The kernel goes on at 0 and stops at 1.</summary>
    private void FinishLoopBody()
    {
        _b.Jump(_frame.ReturnBlock!);
        _b.Continue(_frame.ReturnBlock!);
        Value goesOn = Load(new Place(Address(_frame.Result!), 0, Layouts.Boolean));
        _b.Return(_b.Add(Op.ZExt32, IrType.I64, _b.Binary(Op.Xor, goesOn, _b.Const32(1))));
    }

    private void FaultInLoopBody()
    {
        Value context = _b.Load(IrType.Pointer(), Access.U64, Address(_loopContext!));
        _b.Store(Access.U64, context, _b.Const64(1), LoopFaultOffset);
        _b.Return(_b.Const64(1));
    }
}
