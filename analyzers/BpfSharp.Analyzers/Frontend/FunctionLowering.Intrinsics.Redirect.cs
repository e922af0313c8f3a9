using BpfSharp.Compiler.IR;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Maps that say where packets are sent.</summary>
internal sealed partial class FunctionLowering
{
    private const long Broadcast = 8, ExcludeIngress = 16;

    private Value RedirectOne(IntrinsicCall call)
    {
        MapInfo map = MapOf(call);
        Value key = ToWidth64(LowerValue(call.Operands[0]), LayoutOf(call.Operands[0])), fallback = ToWidth64(LowerValue(call.Operands[1]), LayoutOf(call.Operands[1]));
        return Redirect(call, map, key, fallback);
    }

    private Value RedirectAll(IntrinsicCall call)
    {
        MapInfo map = MapOf(call);
        LowerValue(call.Operands[0]);
        Value except = _b.Add(Op.ZExt32, IrType.I64, LowerValue(call.Operands[1]));
        Value flags = _b.Binary(Op.Or, _b.Binary(Op.Mul, except, _b.Const64(ExcludeIngress)), _b.Const64(Broadcast));
        return Redirect(call, map, _b.Const64(0), flags);
    }

    private Value Redirect(IntrinsicCall call, MapInfo map, Value key, Value flags)
    {
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        return _b.Add(Op.Trunc, IrType.I32, _b.CallHelper(Helpers.RedirectMap, IrType.I64, _b.MapAddress(map.Spec.Name), key, flags));
    }
}
