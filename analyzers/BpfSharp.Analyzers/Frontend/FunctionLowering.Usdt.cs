using BpfSharp.Compiler.IR;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>
/// Arguments of static probes. The compiler of the probed program chose where they are, a register or memory, and at each place another one. Whoever attaches
/// writes what the notes say into a map of the object, and its index is the cookie of the place. Map and entries are libbpf's, which so attaches our programs too.
/// </summary>
internal sealed partial class FunctionLowering
{
    private const int MostArguments = 12, ArgumentSize = 16, CookieAt = MostArguments * ArgumentSize, CountAt = CookieAt + 8;

    /// <summary>An argument's fields: a constant or displacement, its kind in the low byte of a word, a register's place in the context, whether it is signed, and 64 minus its bits.</summary>
    private const int ConstantAt = 0, KindAt = 8, RegisterAt = 12, SignedAt = 14, ShiftAt = 15;

    /// <summary>Kinds of arguments: the constant; the register; memory at register and displacement; the same with a second register that is scaled.</summary>
    private const int Constant = 0, InRegister = 1, Scaled = 3;

    private Value ProbeArgument(IntrinsicCall call)
    {
        int index = ConstantIndex(call, MostArguments);
        Value context = LowerValue(call.Instance!);
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        return ProbeArgument(context, ProbePlace(context), NewTemporary(Layouts.Int64), index);
    }

    private Value ProbeArgumentCount(IntrinsicCall call) => _b.Load(IrType.I32, Access.S16, ProbePlace(LowerValue(call.Instance!)), CountAt);

    private Value ProbeCookie(IntrinsicCall call) => _b.Load(IrType.I64, Access.U64, ProbePlace(LowerValue(call.Instance!)), CookieAt);

    private Value[] ProbeArguments(Value context, int count)
    {
        Value place = ProbePlace(context);
        Place word = NewTemporary(Layouts.Int64);
        return [.. Enumerable.Range(0, count).Select(i => ProbeArgument(context, place, word, i))];
    }

    /// <summary>What is known of the place that was passed. A fault if nothing is: the program was attached as something else.</summary>
    private Value ProbePlace(Value context)
    {
        Place key = NewTemporary(Layouts.Int32);
        _b.Store(Access.U32, key.Pointer, _b.CallHelper(Helpers.AttachCookie, IrType.I64, context));
        Value place = _b.CallHelper(Helpers.MapLookup, IrType.Pointer(Region.MapValue), _b.MapAddress(_module.ProbePlaces()), key.Pointer);
        FaultIf(_b.Compare(Op.Eq, place, _b.Null()));
        return place;
    }

    private Value ProbeArgument(Value context, Value place, Place word, int index)
    {
        int at = index * ArgumentSize;
        FaultUnless(_b.Compare(Op.SLt, _b.Const32(index), _b.Load(IrType.I32, Access.S16, place, CountAt)));
        Place result = NewTemporary(Layouts.Int64);
        Value constant = _b.Load(IrType.I64, Access.U64, place, at + ConstantAt), shift = _b.Load(IrType.I64, Access.U8, place, at + ShiftAt);
        Store(result, constant);
        Value kind = _b.Load(IrType.I32, Access.U8, place, at + KindAt);
        When(_b.Compare(Op.Ne, kind, _b.Const32(Constant)), () =>
        {
            ReadRegister(word, context, _b.Load(IrType.I64, Access.S16, place, at + RegisterAt));
            Store(result, Load(word));
            When(_b.Compare(Op.Ne, kind, _b.Const32(InRegister)), () =>
            {
                Store(result, _b.Binary(Op.Add, Load(word), constant));
                When(_b.Compare(Op.Eq, kind, _b.Const32(Scaled)), () =>
                {
                    // Behind the kind: twelve bits of the second register's place, and four of how far it is shifted.
                    Value second = _b.Load(IrType.I64, Access.U32, place, at + KindAt);
                    ReadRegister(word, context, _b.Binary(Op.And, _b.Binary(Op.LShr, second, _b.Const64(8)), _b.Const64(0xfff)));
                    Value scale = _b.Binary(Op.And, _b.Binary(Op.LShr, second, _b.Const64(20)), _b.Const64(15));
                    Store(result, _b.Binary(Op.Add, Load(result), _b.Binary(Op.Shl, Load(word), scale)));
                });
                // Its own bytes alone: what is behind it may be in a page that is not there.
                Store(word, _b.Const64(0));
                Value size = _b.Binary(Op.Sub, _b.Const64(8), _b.Binary(Op.And, _b.Binary(Op.LShr, shift, _b.Const64(3)), _b.Const64(7)));
                _b.CallHelper(Helpers.ProbeReadUser, IrType.I64, word.Pointer, size, Load(result));
                Store(result, Load(word));
            });
        });
        Value left = _b.Binary(Op.Shl, Load(result), shift);
        Store(result, _b.Binary(Op.LShr, left, shift));
        When(_b.Compare(Op.Ne, _b.Load(IrType.I32, Access.U8, place, at + SignedAt), _b.Const32(0)), () => Store(result, _b.Binary(Op.AShr, left, shift)));
        return Load(result);
    }

    /// <summary>Reads a register whose place in the context is not known before: the verifier allows that to a helper alone.</summary>
    private void ReadRegister(Place word, Value context, Value offset) =>
        _b.CallHelper(Helpers.ProbeReadKernel, IrType.I64, word.Pointer, _b.Const64(8), _b.Binary(Op.Add, _b.Add(Op.AddressOf, IrType.I64, context), offset));

    private void When(Value condition, Action then)
    {
        Block yes = _b.NewBlock(), next = _b.NewBlock();
        _b.Branch(condition, yes, next);
        _b.Continue(yes);
        then();
        _b.Jump(next);
        _b.Continue(next);
    }
}
