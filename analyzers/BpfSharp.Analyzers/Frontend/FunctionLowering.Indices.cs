using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>
/// <c>Index</c> and <c>Range</c> as values. An index is one <c>int</c>, the complement of the number where it counts from the end; a range is two of them.
/// What is written inside the brackets never becomes a value.
/// </summary>
internal sealed partial class FunctionLowering
{
    private static Dictionary<string, Intrinsic> IndexMembers => new(StringComparer.Ordinal)
    {
        ["System.Index.op_Implicit"] = static (f, c) => f.IndexOf(c, false),
        ["System.Index.FromStart"] = static (f, c) => f.IndexOf(c, false),
        ["System.Index.FromEnd"] = static (f, c) => f.IndexOf(c, true),
        ["System.Index.get_Start"] = static (f, c) => f.IndexConstant(c, 0),
        ["System.Index.get_End"] = static (f, c) => f.IndexConstant(c, -1),
        ["System.Index.get_IsFromEnd"] = static (f, c) => f._b.Compare(Op.SLt, f.RawIndex(f.LowerPlace(c.Instance!)), f._b.Const32(0)),
        ["System.Index.get_Value"] = static (f, c) => f.IndexNumber(c),
        ["System.Index.GetOffset"] = static (f, c) => f.IndexOffset(c),
        ["System.Range.get_Start"] = static (f, c) => f.AddressOf(f.LowerPlace(c.Instance!).Part("Start")),
        ["System.Range.get_End"] = static (f, c) => f.AddressOf(f.LowerPlace(c.Instance!).Part("End")),
        ["System.Range.get_All"] = static (f, c) => f.RangeOf(c, null, null),
        ["System.Range.StartAt"] = static (f, c) => f.RangeOf(c, c.Operands[0], null),
        ["System.Range.EndAt"] = static (f, c) => f.RangeOf(c, null, c.Operands[0]),
    };

    private Value RawIndex(Place index) => Load(index.Part("_value"));

    /// <summary>Where an index points in something of a length. Not checked.</summary>
    private Value OffsetOf(Place index, Value length)
    {
        Value raw = RawIndex(index);
        // length - n of the complement ~n.
        return Select(_b.Compare(Op.SLt, raw, _b.Const32(0)), Layouts.Int32, () => _b.Binary(Op.Add, _b.Binary(Op.Add, raw, _b.Const32(1)), length), () => raw);
    }

    private void StoreIndex(Place place, Value number, bool fromEnd)
    {
        FaultIf(_b.Compare(Op.SLt, number, _b.Const32(0)));
        Store(place.Part("_value"), fromEnd ? _b.Binary(Op.Xor, number, _b.Const32(-1)) : number);
    }

    private void LowerRangeInto(IRangeOperation range, Place place)
    {
        if (range.LeftOperand is { } left) LowerInto(left, place.Part("Start"));
        else StoreZero(place.Part("Start").Part("_value"));
        if (range.RightOperand is { } right) LowerInto(right, place.Part("End"));
        else Store(place.Part("End").Part("_value"), _b.Const32(-1));
    }

    private void LowerIndexCreation(IObjectCreationOperation creation, Place place)
    {
        if (creation.Arguments.IsEmpty)
        {
            StoreZero(place);
            return;
        }
        IOperation[] operands = Operands(creation.Arguments, creation.Constructor!, creation);
        if (place.Layout.Type.Is("System.Range"))
        {
            LowerInto(operands[0], place.Part("Start"));
            LowerInto(operands[1], place.Part("End"));
            return;
        }
        Value number = LowerValue(operands[0]), fromEnd = operands.Length > 1 ? LowerValue(operands[1]) : _b.Const32(0);
        FaultIf(_b.Compare(Op.SLt, number, _b.Const32(0)));
        // All bits are turned if it counts from the end.
        Store(place.Part("_value"), _b.Binary(Op.Xor, number, _b.Add(Op.Neg, IrType.I32, fromEnd)));
    }

    private Place IndexResult(IntrinsicCall call) => call.Destination ?? NewTemporary(LayoutOf(call.Method.ReturnType, call.Operation));

    private Value IndexOf(IntrinsicCall call, bool fromEnd)
    {
        Place result = IndexResult(call);
        StoreIndex(result, LowerValue(call.Operands[0]), fromEnd);
        return AddressOf(result);
    }

    private Value IndexConstant(IntrinsicCall call, int raw)
    {
        Place result = IndexResult(call);
        Store(result.Part("_value"), _b.Const32(raw));
        return AddressOf(result);
    }

    private Value IndexNumber(IntrinsicCall call)
    {
        Value raw = RawIndex(LowerPlace(call.Instance!));
        return _b.Binary(Op.Xor, raw, _b.Binary(Op.AShr, raw, _b.Const32(31)));
    }

    private Value IndexOffset(IntrinsicCall call)
    {
        Place index = ValueCopy(call.Instance!);
        return OffsetOf(index, LowerValue(call.Operands[0]));
    }

    private Value RangeOf(IntrinsicCall call, IOperation? start, IOperation? end)
    {
        Place result = IndexResult(call);
        if (start is null) Store(result.Part("Start").Part("_value"), _b.Const32(0));
        else LowerInto(start, result.Part("Start"));
        if (end is null) Store(result.Part("End").Part("_value"), _b.Const32(-1));
        else LowerInto(end, result.Part("End"));
        return AddressOf(result);
    }
}
