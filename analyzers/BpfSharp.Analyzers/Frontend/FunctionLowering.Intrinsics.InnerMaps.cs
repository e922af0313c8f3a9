using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Maps that are found in other maps: a variable of a map class is one pointer, null where there is no map.</summary>
internal sealed partial class FunctionLowering
{
    private void MapOfMapsTryGet(IntrinsicCall call, Block whenTrue, Block whenFalse)
    {
        MapInfo map = MapOf(call);
        Value key = Key(call);
        Place result = LowerPlace(call.Operands[1]);
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        Value inner = _b.CallHelper(Helpers.MapLookup, IrType.Pointer(Region.Map), Address(map), key);
        BranchOnNull(inner, () => Store(result, inner), () => Store(result, _b.Null()), whenTrue, whenFalse);
    }

    /// <summary>The inner map that an expression stands for, null if it is none. Where .NET would throw at null, it faults.</summary>
    private MapInfo? InnerMapOf(IOperation operand)
    {
        while (operand is IConversionOperation { OperatorMethod: null } or IParenthesizedOperation)
        {
            operand = operand is IConversionOperation conversion ? conversion.Operand : ((IParenthesizedOperation)operand).Operand;
        }
        if (operand is not (ILocalReferenceOperation or IParameterReferenceOperation) || TypeOf(operand) is not INamedTypeSymbol type) return null;
        if (_module.InnerMap(type) is not { } inner) return null;
        Value pointer = NonNull(LowerPlace(operand));
        return inner with { Pointer = pointer };
    }

    private Value Address(MapInfo map) => map.Pointer ?? _b.MapAddress(map.Spec.Name);

    /// <summary>The kernel's callbacks of a map's elements are for maps that the verifier knows when it sees the call.</summary>
    private void RequireOwnMap(MapInfo map, IOperation at)
    {
        if (map.Pointer is not null) throw Fail(Ids.MapUse, at, "this works with a [BpfMap] property of this class, not with a map that was found in another one");
    }
}
