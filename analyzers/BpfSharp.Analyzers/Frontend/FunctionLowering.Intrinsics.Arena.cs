using BpfSharp.Compiler.IR;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>
/// Arenas. The loader puts the start's address into the program; an element's is computed from it. What is beyond the end or in a page that is not there would be read as zeros and
/// written to nowhere, so the index is checked here, and the loader makes all pages.
/// </summary>
internal sealed partial class FunctionLowering
{
    private Value ArenaLength(IntrinsicCall call) => _b.Const32(unchecked((int)ArenaCount(MapOf(call))));

    private Value ArenaItem(IntrinsicCall call)
    {
        MapInfo map = MapOf(call);
        Value index = LowerValue(call.Operands[0]);
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        FaultIf(_b.Compare(Op.ULe, _b.Const32(unchecked((int)ArenaCount(map))), index));
        return ArenaElement(map, index);
    }

    private void ArenaTryGetRef(IntrinsicCall call, Block whenTrue, Block whenFalse)
    {
        MapInfo map = MapOf(call);
        Value index = LowerValue(call.Operands[0]);
        Place result = LowerPlace(call.Operands[1]);
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        Block inside = _b.NewBlock(), outside = _b.NewBlock();
        _b.Branch(_b.Compare(Op.ULt, index, _b.Const32(unchecked((int)ArenaCount(map)))), inside, outside);
        _b.Continue(inside);
        Store(result, ArenaElement(map, index));
        _b.Jump(whenTrue);
        _b.Continue(outside);
        Store(result, _b.Null());
        _b.Jump(whenFalse);
    }

    private Value ArenaElement(MapInfo map, Value index)
    {
        Value offset = _b.Binary(Op.Mul, _b.Add(Op.ZExt32, IrType.I64, index), _b.Const64(map.Value!.Size));
        return _b.Add(Op.ArenaAddress, IrType.Pointer(Region.Arena), _b.GlobalAddress(Arenas.Whole), offset);
    }

    private static uint ArenaCount(MapInfo map) => Arenas.Count(map.Spec.MaxEntries, map.Value!.Size);
}
