using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Packets: a cursor is the current place and the packet's end.</summary>
internal sealed partial class FunctionLowering
{
    /// <summary>How far a cursor skips at once: the verifier follows a packet offset up to 65535 in all, so there must be room for what is read behind.</summary>
    private const int MaximumSkip = short.MaxValue;

    private Value PacketOf(IntrinsicCall call, int dataOffset, int endOffset, Access access = Access.U32)
    {
        Value context = LowerValue(call.Instance!);
        Place cursor = call.Destination ?? NewTemporary(LayoutOf(call.Method.ReturnType, call.Operation));
        Store(cursor.Part("data"), _b.Load(IrType.Pointer(Region.Packet), access, context, dataOffset));
        Store(cursor.Part("end"), _b.Load(IrType.Pointer(Region.PacketEnd), access, context, endOffset));
        return AddressOf(cursor);
    }

    private Value PacketRemaining(IntrinsicCall call)
    {
        Place cursor = LowerPlace(call.Instance!);
        Value bytes = _b.Add(Op.PtrDiff, IrType.I64, Load(cursor.Part("end")), Load(cursor.Part("data")));
        return _b.Add(Op.Trunc, IrType.I32, bytes);
    }

    private void PacketTryRead(IntrinsicCall call, bool moves, Block whenTrue, Block whenFalse)
    {
        if (call.Method.TypeArguments.Length != 1) throw Silent(call.Operation);
        TypeLayout header = LayoutOf(call.Method.TypeArguments[0], call.Operation);
        if (header.HasPointers) throw Fail(Ids.MapType, call.Operation, header.Type.ToDisplayString());
        Place cursor = LowerPlace(call.Instance!), result = LowerPlace(call.Operands[0]);
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        Value data = Load(cursor.Part("data"));
        Value behind = _b.Offset(data, header.Size);
        Block inside = _b.NewBlock(), outside = _b.NewBlock();
        _b.Branch(_b.Compare(Op.ULe, behind, Load(cursor.Part("end"))), inside, outside);
        _b.Continue(inside);
        Store(result, data);
        if (moves) Store(cursor.Part("data"), behind);
        _b.Jump(whenTrue);
        _b.Continue(outside);
        Store(result, _b.Null());
        _b.Jump(whenFalse);
    }

    private void PacketTrySkip(IntrinsicCall call, Block whenTrue, Block whenFalse)
    {
        Place cursor = LowerPlace(call.Instance!);
        Value bytes = LowerValue(call.Operands[0]);
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        Block bounded = _b.NewBlock(), inside = _b.NewBlock();
        _b.Branch(_b.Compare(Op.ULe, bytes, _b.Const32(MaximumSkip)), bounded, whenFalse);
        _b.Continue(bounded);
        Value behind = _b.PtrAdd(Load(cursor.Part("data")), _b.Add(Op.ZExt32, IrType.I64, bytes));
        _b.Branch(_b.Compare(Op.ULe, behind, Load(cursor.Part("end"))), inside, whenFalse);
        _b.Continue(inside);
        Store(cursor.Part("data"), behind);
        _b.Jump(whenTrue);
    }

    private void PacketTryLoad(IntrinsicCall call, Block whenTrue, Block whenFalse)
    {
        Value context = LowerValue(call.Instance!);
        Value offset = LowerValue(call.Operands[0]);
        Place result = LowerPlace(call.Operands[1]);
        if (result.Layout.HasPointers) throw Fail(Ids.MapType, call.Operation, result.Layout.Type.ToDisplayString());
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        // The helper writes zeros if it fails.
        Value code = _b.CallHelper(Helpers.PacketLoad, IrType.I64, context, _b.Add(Op.ZExt32, IrType.I64, offset), AddressOf(result), _b.Const64(result.Layout.Size));
        BranchOnSuccess(code, whenTrue, whenFalse);
    }
}
