using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Searching in spans, and turning them round.</summary>
internal sealed partial class FunctionLowering
{
    private static Dictionary<string, Intrinsic> SearchMembers => new(StringComparer.Ordinal)
    {
        ["System.MemoryExtensions.IndexOf"] = static (f, c) => f.Search(c, Find.First),
        ["System.MemoryExtensions.Contains"] = static (f, c) => f._b.Compare(Op.SLe, f._b.Const32(0), f.Search(c, Find.First)),
        ["System.MemoryExtensions.LastIndexOf"] = static (f, c) => f.Search(c, Find.Last),
        ["System.MemoryExtensions.IndexOfAny"] = static (f, c) => f.Search(c, Find.First),
        ["System.MemoryExtensions.ContainsAny"] = static (f, c) => f._b.Compare(Op.SLe, f._b.Const32(0), f.Search(c, Find.First)),
        ["System.MemoryExtensions.IndexOfAnyExcept"] = static (f, c) => f.Search(c, Find.FirstOther),
        ["System.MemoryExtensions.Count"] = static (f, c) => f.Search(c, Find.Count),
        ["System.MemoryExtensions.EndsWith"] = static (f, c) => f.EndsWith(c),
        ["System.MemoryExtensions.Reverse"] = static (f, c) => f.Reverse(c),
    };

    private enum Find
    {
        First,
        Last,
        FirstOther,
        Count,
    }

    /// <summary>The place of the first or last element that equals one of up to three values, or how many do. For spans in place of values: of a sequence, or of one of its elements.</summary>
    private Value Search(IntrinsicCall call, Find find)
    {
        Place span = ValueCopy(call.Operands[0]);
        TypeLayout element = ElementOf(span, call);
        bool isSpan = LayoutOf(call.Operands[1]).IsSpan, isAny = call.Method.Name.Contains("Any");
        if (isSpan && (find != Find.First || call.Operands.Length != 2)) throw Fail(Ids.NoSource, call.Operation, call.Method.ToDisplayString());
        if (!isSpan && (call.Operands.Length > 4 || call.Method.Parameters.Skip(2).Any(p => !SymbolEqualityComparer.Default.Equals(p.Type, element.Type)))) throw Fail(Ids.NoSource, call.Operation, call.Method.ToDisplayString());
        Place[] wanted = [.. call.Operands.Skip(1).Select(ValueCopy)];
        Place result = NewTemporary(Layouts.Int32);
        Store(result, _b.Const32(find == Find.Count ? 0 : -1));
        Block end = _b.NewBlock();
        Value pointer = Load(span.Part("_reference")), length = Load(span.Part("_length"));
        if (isSpan && !isAny)
        {
            FindSequence(call, span, wanted[0], result, end);
            _b.Continue(end);
            return Load(result);
        }
        Repeat(
            length,
            index =>
            {
                Block found = _b.NewBlock(), next = _b.NewBlock();
                Place item = ElementUnchecked(pointer, 0, index, element);
                (Block whenEqual, Block whenOther) = find == Find.FirstOther ? (next, found) : (found, next);
                if (isSpan) IsOneOf(call, item, wanted[0], whenEqual, whenOther);
                else IsOneOf(call, item, wanted, whenEqual, whenOther);
                _b.Continue(found);
                Store(result, Forgotten(find == Find.Count ? _b.Binary(Op.Add, Load(result), _b.Const32(1)) : index));
                _b.Jump(find is Find.Last or Find.Count ? next : end);
                _b.Continue(next);
            },
            end);
        _b.Continue(end);
        return Load(result);
    }

    /// <summary>The verifier follows what comes behind a search once for each place that it knows; of a number that it does not know, once.</summary>
    private Value Forgotten(Value number)
    {
        Value forgotten = _b.Add(Op.Opaque, IrType.I32, number);
        forgotten.Immediate = 1;
        return forgotten;
    }

    private void IsOneOf(IntrinsicCall call, Place item, Place[] wanted, Block whenEqual, Block whenOther)
    {
        for (int i = 0; i < wanted.Length; i++)
        {
            Block next = i == wanted.Length - 1 ? whenOther : _b.NewBlock();
            LowerEquality(item, wanted[i], whenEqual, next, call.Operation);
            if (next != whenOther) _b.Continue(next);
        }
    }

    private void IsOneOf(IntrinsicCall call, Place item, Place values, Block whenEqual, Block whenOther)
    {
        Value pointer = Load(values.Part("_reference"));
        Repeat(
            Load(values.Part("_length")),
            index =>
            {
                Block next = _b.NewBlock();
                LowerEquality(item, ElementUnchecked(pointer, 0, index, item.Layout), whenEqual, next, call.Operation);
                _b.Continue(next);
            },
            whenOther);
    }

    /// <summary>The first place where a span begins with a sequence.</summary>
    private void FindSequence(IntrinsicCall call, Place span, Place sequence, Place result, Block end)
    {
        TypeLayout element = ElementOf(span, call);
        Value length = Load(span.Part("_length")), count = Load(sequence.Part("_length"));
        Block fits = _b.NewBlock();
        _b.Branch(_b.Compare(Op.ULe, count, length), fits, end);
        _b.Continue(fits);
        Value starts = _b.Binary(Op.Add, _b.Binary(Op.Sub, length, count), _b.Const32(1));
        Repeat(
            starts,
            index =>
            {
                Block same = _b.NewBlock(), next = _b.NewBlock();
                Place rest = NewTemporary(span.Layout);
                Slice(Load(span.Part("_reference")), 0, index, count, element, rest);
                CompareElements(rest, sequence, count, call, same, next);
                _b.Continue(same);
                Store(result, Forgotten(index));
                _b.Jump(end);
                _b.Continue(next);
            },
            end);
    }

    private Value EndsWith(IntrinsicCall call)
    {
        Place left = ValueCopy(call.Operands[0]), right = ValueCopy(call.Operands[1]);
        Block fits = _b.NewBlock(), whenTrue = _b.NewBlock(), whenFalse = _b.NewBlock();
        if (!right.Layout.IsSpan)
        {
            throw Fail(Ids.NoSource, call.Operation, call.Method.ToDisplayString());
        }
        Value length = Load(left.Part("_length")), count = Load(right.Part("_length"));
        _b.Branch(_b.Compare(Op.ULe, count, length), fits, whenFalse);
        _b.Continue(fits);
        Place rest = NewTemporary(left.Layout);
        Slice(Load(left.Part("_reference")), 0, _b.Binary(Op.Sub, length, count), count, ElementOf(left, call), rest);
        CompareElements(rest, right, count, call, whenTrue, whenFalse);
        return Materialize(whenTrue, whenFalse);
    }

    private Value? Reverse(IntrinsicCall call)
    {
        Place span = ValueCopy(call.Operands[0]);
        TypeLayout element = ElementOf(span, call);
        (Value pointer, Value length) = ReadSpan(span);
        Value last = _b.Binary(Op.Sub, length, _b.Const32(1));
        Repeat(
            _b.Binary(Op.LShr, length, _b.Const32(1)),
            index =>
            {
                Place left = ElementUnchecked(pointer, 0, index, element), right = ElementUnchecked(pointer, 0, _b.Binary(Op.Sub, last, index), element);
                Place kept = NewTemporary(element);
                Store(kept, Load(left));
                Store(left, Load(right));
                Store(right, Load(kept));
            });
        return null;
    }
}
