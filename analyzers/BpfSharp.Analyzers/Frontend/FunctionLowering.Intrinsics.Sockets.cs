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

    /// <summary>What is found is held, until it is given back.</summary>
    private void ContainsSocket(IntrinsicCall call, Block whenTrue, Block whenFalse)
    {
        MapInfo map = MapOf(call);
        Value key = Key(call);
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        Value socket = _b.CallHelper(Helpers.MapLookup, IrType.Pointer(Region.Socket), Address(map), key);
        BranchOnNull(socket, () => _b.CallHelper(Helpers.ReleaseSocket, IrType.I64, socket), static () => { }, whenTrue, whenFalse);
    }

    /// <summary>The context's own pointer to a socket, which may be null.</summary>
    private Value ContextSocket(IntrinsicCall call, int offset) => _b.Load(IrType.Pointer(Region.Socket), Access.U64, LowerValue(call.Instance!), offset);

    /// <summary>A packet may have half a socket, such as a request for a connection, which is none here.</summary>
    private Value PacketSocket(IntrinsicCall call)
    {
        const int Offset = 168;
        Place result = NewTemporary(LayoutOf(call.Method.ReturnType, call.Operation));
        Value any = ContextSocket(call, Offset);
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        Block some = _b.NewBlock(), none = _b.NewBlock(), next = _b.NewBlock();
        _b.Branch(_b.Compare(Op.Ne, any, _b.Null()), some, none);
        _b.Continue(some);
        Store(result, _b.CallHelper(Helpers.FullSocket, IrType.Pointer(Region.Socket), any));
        _b.Jump(next);
        _b.Continue(none);
        Store(result, _b.Null());
        _b.Jump(next);
        _b.Continue(next);
        return Load(result);
    }
}
