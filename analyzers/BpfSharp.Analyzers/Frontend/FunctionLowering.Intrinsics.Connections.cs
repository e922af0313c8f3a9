using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Compiler;
using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Connections that the kernel tracks: kernel functions of the module nf_conntrack. What was found is given back on every way out, as ring-buffer records are.</summary>
internal sealed partial class FunctionLowering
{
    private void TryFindConnection(IntrinsicCall call, Block whenTrue, Block whenFalse)
    {
        // struct bpf_ct_opts: the network namespace (-1: the packet's), an error number, the protocol, a direction that the kernel writes.
        const int Options = 12, Error = 4, Protocol = 8;
        bool isXdp = call.Method.ContainingType.Is(KnownNames.XdpContext);
        Value context = LowerValue(call.Instance!), tuple = HelperMemory(call.Operands[0]);
        int size = LayoutOf(call.Operands[0]).Size;
        Value protocol = LowerValue(call.Operands[1]);
        Place result = Holder(call.Operands[2]);
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        DisposeReservation(result);
        Value options = Address(_plan.Function.AddSlot(Options, 4));
        _b.Store(Access.U32, options, _b.Const32(-1));
        _b.Store(Access.U32, options, _b.Const32(0), Error);
        _b.Store(Access.U32, options, protocol, Protocol);
        Value found = _b.CallKernel(
            isXdp ? KernelFunctions.FindConnectionXdp : KernelFunctions.FindConnectionTc, IrType.Pointer(Region.Btf), context, tuple, _b.Const32(size), options, _b.Const32(Options));
        BranchOnNull(
            found,
            () =>
            {
                Store(result, found);
                Store(Held(result), _b.Const32(1));
            },
            () => Release(result),
            whenTrue,
            whenFalse);
    }

    /// <summary>A handle of what was found; a fault if nothing was.</summary>
    private Value ConnectionHandle(IntrinsicCall call)
    {
        ITypeSymbol type = TypeOf(call.Operation);
        if (_module.KernelType(type)?.Name.Split(["___"], StringSplitOptions.None)[0] != "nf_conn") throw Fail(Ids.KernelQuestion, call.Operation, type.ToDisplayString());
        return Reserved(LowerPlace(call.Instance!));
    }

    /// <summary>A word of a writable tracepoint's context; the first is an address that the verifier knows.</summary>
    private Value WritableArgument(IntrinsicCall call)
    {
        int index = ConstantIndex(call, 12);
        Value context = LowerValue(call.Instance!);
        return index > 0 ? _b.Load(IrType.I64, Access.U64, context, 8 * index) : _b.Add(Op.AddressOf, IrType.I64, _b.Load(IrType.Pointer(Region.Tracepoint), Access.U64, context));
    }
}
