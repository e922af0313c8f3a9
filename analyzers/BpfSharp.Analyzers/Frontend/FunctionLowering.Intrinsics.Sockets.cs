using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Maps of sockets. Arrays' redirects take the index itself, all else takes the key's address.</summary>
internal sealed partial class FunctionLowering
{
    private Value RedirectToSocket(IntrinsicCall call, int helper, bool isHash)
    {
        MapInfo map = MapOf(call);
        Value context = LowerValue(call.Operands[0]);
        Value key = isHash ? HelperMemory(call.Operands[1]) : ToWidth64(LowerValue(call.Operands[1]), LayoutOf(call.Operands[1]));
        // A bool is 0 or 1, and BPF_F_INGRESS is 1.
        Value flags = _b.Add(Op.ZExt32, IrType.I64, LowerValue(call.Operands[2]));
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        return _b.Add(Op.Trunc, IrType.I32, _b.CallHelper(helper, IrType.I64, context, Address(map), key, flags));
    }

    private void UseSocket(IntrinsicCall call, int helper, Block whenTrue, Block whenFalse)
    {
        MapInfo map = MapOf(call);
        Value context = LowerValue(call.Operands[0]), key = HelperMemory(call.Operands[1]);
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        BranchOnSuccess(_b.CallHelper(helper, IrType.I64, context, Address(map), key, _b.Const64(0)), whenTrue, whenFalse);
    }
}
