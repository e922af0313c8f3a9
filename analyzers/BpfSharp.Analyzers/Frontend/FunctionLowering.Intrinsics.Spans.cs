using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>The members of spans, <c>MemoryMarshal</c> and <c>BinaryPrimitives</c>.</summary>
internal sealed partial class FunctionLowering
{
    private TypeLayout ElementOf(Place span, IntrinsicCall call) => span.Layout.Element ?? throw Silent(call.Operation);

    private Value SpanItem(IntrinsicCall call)
    {
        Place span = LowerPlace(call.Instance!);
        (Value pointer, Value length) = ReadSpan(span);
        Value index = LowerValue(call.Operands[0]);
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        return AddressOf(Element(pointer, 0, length, index, ElementOf(span, call)));
    }

    private Place SpanResult(IntrinsicCall call) => call.Destination ?? NewTemporary(LayoutOf(call.Method.ReturnType, call.Operation));

    private Value EmptySpan(IntrinsicCall call)
    {
        Place result = SpanResult(call);
        StoreZero(result);
        return AddressOf(result);
    }

    private Value SpanSlice(IntrinsicCall call)
    {
        Place span = LowerPlace(call.Instance!);
        (Value pointer, Value length) = ReadSpan(span);
        Value start = LowerValue(call.Operands[0]);
        Value count;
        if (call.Operands.Length == 2)
        {
            count = LowerValue(call.Operands[1]);
            CheckSlice(start, count, length);
        }
        else
        {
            FaultUnless(_b.Compare(Op.ULe, start, length));
            count = _b.Binary(Op.Sub, length, start);
        }
        Place result = SpanResult(call);
        Slice(pointer, 0, start, count, ElementOf(span, call), result);
        return AddressOf(result);
    }

    private Value SpanConversion(IntrinsicCall call)
    {
        Place result = SpanResult(call);
        TypeLayout from = LayoutOf(call.Operands[0]);
        if (from.IsSpan) Store(result, AddressOf(LowerPlace(call.Operands[0])));
        else throw UnsupportedValue(call.Operation);
        return AddressOf(result);
    }

    /// <summary>A loop over indices from 0 to a count.</summary>
    private void Repeat(Value count, Action<Value> body, Block? exit = null)
    {
        Place index = NewTemporary(Layouts.Int32);
        Store(index, _b.Const32(0));
        Block test = _b.NewBlock(), step = _b.NewBlock(), end = exit ?? _b.NewBlock();
        _b.Jump(test);
        _b.Continue(test);
        _b.Branch(_b.Compare(Op.ULt, Load(index), count), step, end);
        _b.Continue(step);
        body(Load(index));
        Store(index, _b.Binary(Op.Add, Load(index), _b.Const32(1)));
        _b.Jump(test);
        if (exit is null) _b.Continue(end);
    }

    private Value? SpanCopyTo(IntrinsicCall call, bool faults)
    {
        Place source = LowerPlace(call.Instance!), destination = LowerPlace(call.Operands[0]);
        (Value from, Value length) = ReadSpan(source);
        (Value to, Value room) = ReadSpan(destination);
        TypeLayout element = ElementOf(source, call);
        Value fits = _b.Compare(Op.ULe, length, room);
        void Copy() => CopyElements(from, to, length, element);
        if (faults)
        {
            FaultUnless(fits);
            Copy();
            return null;
        }
        Block copy = _b.NewBlock(), end = _b.NewBlock();
        _b.Branch(fits, copy, end);
        _b.Continue(copy);
        Copy();
        _b.Jump(end);
        _b.Continue(end);
        return fits;
    }

    /// <summary>Element by element; where the target begins inside of the source from the end, so that spans that overlap are copied as .NET copies them.</summary>
    private void CopyElements(Value from, Value to, Value length, TypeLayout element)
    {
        void Copy(Value index) => Store(ElementUnchecked(to, 0, index, element), Load(ElementUnchecked(from, 0, index, element)));
        Block forward = _b.NewBlock(), backward = _b.NewBlock(), step = _b.NewBlock(), test = _b.NewBlock(), end = _b.NewBlock();
        Value distance = _b.Add(Op.PtrDiff, IrType.I64, to, from);
        // Unsigned: a target in front of the source, or somewhere else altogether, is far away.
        _b.Branch(_b.Compare(Op.ULt, _b.Binary(Op.Sub, distance, _b.Const64(1)), Scale(length, element.Size)), backward, forward);
        _b.Continue(forward);
        Repeat(length, Copy);
        _b.Jump(end);
        _b.Continue(backward);
        Place index = NewTemporary(Layouts.Int32);
        Store(index, length);
        _b.Jump(test);
        _b.Continue(test);
        _b.Branch(_b.Compare(Op.Ne, Load(index), _b.Const32(0)), step, end);
        _b.Continue(step);
        Store(index, _b.Binary(Op.Sub, Load(index), _b.Const32(1)));
        Copy(Load(index));
        _b.Jump(test);
        _b.Continue(end);
    }

    private Value? SpanFill(IntrinsicCall call, IOperation? value)
    {
        Place span = LowerPlace(call.Instance!);
        (Value pointer, Value length) = ReadSpan(span);
        TypeLayout element = ElementOf(span, call);
        Place filled = NewTemporary(element);
        if (value is null) StoreZero(filled);
        else LowerInto(value, filled);
        Repeat(length, index => Store(ElementUnchecked(pointer, 0, index, element), Load(filled)));
        return null;
    }

    private Value SequenceEqual(IntrinsicCall call)
    {
        Place left = ValueCopy(call.Operands[0]), right = ValueCopy(call.Operands[1]);
        Value length = Load(left.Part("_length"));
        Block same = _b.NewBlock(), whenTrue = _b.NewBlock(), whenFalse = _b.NewBlock();
        _b.Branch(_b.Compare(Op.Eq, length, Load(right.Part("_length"))), same, whenFalse);
        _b.Continue(same);
        CompareElements(left, right, length, call, whenTrue, whenFalse);
        return Materialize(whenTrue, whenFalse);
    }

    private Value StartsWith(IntrinsicCall call)
    {
        Place left = ValueCopy(call.Operands[0]), right = ValueCopy(call.Operands[1]);
        if (!right.Layout.IsSpan) throw Fail(Ids.NoSource, call.Operation, call.Method.ToDisplayString());
        Value length = Load(right.Part("_length"));
        Block fits = _b.NewBlock(), whenTrue = _b.NewBlock(), whenFalse = _b.NewBlock();
        _b.Branch(_b.Compare(Op.ULe, length, Load(left.Part("_length"))), fits, whenFalse);
        _b.Continue(fits);
        CompareElements(left, right, length, call, whenTrue, whenFalse);
        return Materialize(whenTrue, whenFalse);
    }

    private void CompareElements(Place left, Place right, Value count, IntrinsicCall call, Block whenTrue, Block whenFalse)
    {
        TypeLayout element = ElementOf(left, call);
        Value a = Load(left.Part("_reference")), b = Load(right.Part("_reference"));
        Repeat(
            count,
            index =>
            {
                Block next = _b.NewBlock();
                LowerEquality(ElementUnchecked(a, 0, index, element), ElementUnchecked(b, 0, index, element), next, whenFalse, call.Operation);
                _b.Continue(next);
            },
            whenTrue);
    }

    private Place BytesAt(IOperation operand, TypeLayout layout)
    {
        (Value pointer, Value length) = ReadSpan(LowerPlace(operand));
        FaultUnless(_b.Compare(Op.ULe, _b.Const32(layout.Size), length));
        return new Place(pointer, 0, layout);
    }

    private Value MarshalRead(IntrinsicCall call)
    {
        TypeLayout layout = LayoutOf(call.Method.ReturnType, call.Operation);
        if (layout.HasPointers) throw Fail(Ids.MapType, call.Operation, layout.Type.ToDisplayString());
        return LoadUnaligned(BytesAt(call.Operands[0], layout));
    }

    /// <summary>
    /// A value at an address that may not be aligned: byte by byte, since the verifier wants accesses to the stack aligned and the address may be there.
    /// </summary>
    private Value LoadUnaligned(Place source)
    {
        TypeLayout layout = source.Layout;
        if (layout.Size == 1) return Load(source);
        if (!layout.IsScalar)
        {
            Place copy = NewTemporary(layout);
            CopyUnaligned(copy, source);
            return AddressOf(copy);
        }
        IrType type = layout.IrType;
        Value result = _b.Load(type, Access.U8, source.Pointer, source.Offset);
        for (int i = 1; i < layout.Size; i++)
        {
            Value part = _b.Load(type, Access.U8, source.Pointer, source.Offset + i);
            result = _b.Binary(Op.Or, result, _b.Binary(Op.Shl, part, _b.Constant(type, 8 * i)));
        }
        return Normalize(result, null, layout);
    }

    private void StoreUnaligned(Place target, Value value)
    {
        TypeLayout layout = target.Layout;
        if (!layout.IsScalar)
        {
            CopyUnaligned(target, new Place(value, 0, layout));
            return;
        }
        for (int i = 0; i < layout.Size; i++)
        {
            Value part = i == 0 ? value : _b.Binary(Op.LShr, value, _b.Constant(value.Type, 8 * i));
            _b.Store(Access.U8, target.Pointer, part, target.Offset + i);
        }
    }

    private void CopyUnaligned(Place to, Place from)
    {
        for (int i = 0; i < to.Layout.Size; i++) _b.Store(Access.U8, to.Pointer, _b.Load(IrType.I32, Access.U8, from.Pointer, from.Offset + i), to.Offset + i);
    }

    private Value? MarshalWrite(IntrinsicCall call)
    {
        TypeLayout layout = LayoutOf(call.Method.TypeArguments[0], call.Operation);
        if (layout.HasPointers) throw Fail(Ids.MapType, call.Operation, layout.Type.ToDisplayString());
        Place target = BytesAt(call.Operands[0], layout);
        Value address = ReferenceTo(call.Operands[1]);
        StoreUnaligned(target, layout.IsScalar ? Load(new Place(address, 0, layout)) : address);
        return null;
    }

    private Value ReadPrimitive(IntrinsicCall call, bool swaps)
    {
        TypeLayout layout = IntegerResult(call);
        Place source = BytesAt(call.Operands[0], layout);
        Value value = LoadUnaligned(source);
        return swaps ? Normalize(Swap(value, layout.Size), null, layout) : value;
    }

    private Value? WritePrimitive(IntrinsicCall call, bool swaps)
    {
        TypeLayout layout = LayoutOf(call.Method.Parameters[1].Type, call.Operation);
        Place span = ValueCopy(call.Operands[0]);
        Value value = LowerValue(call.Operands[1]);
        (Value pointer, Value length) = ReadSpan(span);
        FaultUnless(_b.Compare(Op.ULe, _b.Const32(layout.Size), length));
        StoreUnaligned(new Place(pointer, 0, layout), swaps ? Swap(value, layout.Size) : value);
        return null;
    }

    /// <summary><c>TryRead…</c> and <c>TryWrite…</c>: whether the span is long enough, and only then the access.</summary>
    private Value TryPrimitive(IntrinsicCall call, bool swaps, bool writes)
    {
        Place span = ValueCopy(call.Operands[0]);
        TypeLayout layout = LayoutOf(call.Method.Parameters[1].Type, call.Operation);
        Place result = writes ? ValueCopy(call.Operands[1]) : LowerPlace(call.Operands[1]);
        (Value pointer, Value length) = ReadSpan(span);
        Value fits = _b.Compare(Op.ULe, _b.Const32(layout.Size), length);
        Block enough = _b.NewBlock(), short_ = _b.NewBlock(), end = _b.NewBlock();
        _b.Branch(fits, enough, short_);
        _b.Continue(enough);
        Place bytes = new(pointer, 0, layout);
        if (writes) StoreUnaligned(bytes, swaps ? Swap(Load(result), layout.Size) : Load(result));
        else Store(result, swaps ? Normalize(Swap(LoadUnaligned(bytes), layout.Size), null, layout) : LoadUnaligned(bytes));
        _b.Jump(end);
        _b.Continue(short_);
        if (!writes) StoreZero(result);
        _b.Jump(end);
        _b.Continue(end);
        return fits;
    }

    private Value AsBytes(IntrinsicCall call)
    {
        Place span = LowerPlace(call.Operands[0]);
        (Value pointer, Value length) = ReadSpan(span);
        TypeLayout element = ElementOf(span, call);
        Place result = SpanResult(call);
        WriteSpan(result, pointer, Multiply(length, element.Size));
        return AddressOf(result);
    }

    private Value Multiply(Value count, int size) =>
        size == 1 ? count : count.Op == Op.Const ? _b.Const32((int)(count.Immediate * size)) : _b.Binary(Op.Mul, count, _b.Const32(size));

    private Value SpanCast(IntrinsicCall call)
    {
        Place span = LowerPlace(call.Operands[0]);
        (Value pointer, Value length) = ReadSpan(span);
        int from = ElementOf(span, call).Size;
        Place result = SpanResult(call);
        int to = ElementOf(result, call).Size;
        Value bytes = Multiply(length, from);
        WriteSpan(result, pointer, to == 1 ? bytes : from == to ? length : _b.Binary(Op.UDiv, bytes, _b.Const32(to)));
        return AddressOf(result);
    }

    private Value CreateSpan(IntrinsicCall call)
    {
        if (call.Operands[1].ConstantValue.Value is not int count) throw Fail(Ids.ConstantNeeded, call.Operands[1], Excerpt(call.Operands[1]), call.Method.Name, "a constant");
        Value address = ReferenceTo(call.Operands[0]);
        Place result = SpanResult(call);
        WriteSpan(result, address, _b.Const32(count));
        return AddressOf(result);
    }

    private Value NullableValue(IntrinsicCall call)
    {
        Place place = LowerPlace(call.Instance!);
        FaultUnless(Load(place.Part("hasValue")));
        return Load(place.Part("value"));
    }

    private Value NullableOrDefault(IntrinsicCall call)
    {
        Place place = LowerPlace(call.Instance!);
        // Without a value the field is zero.
        if (call.Operands.Length == 0) return Load(place.Part("value"));
        Place result = NewTemporary(place.Layout.Element!), other = ValueCopy(call.Operands[0]);
        Block some = _b.NewBlock(), none = _b.NewBlock(), end = _b.NewBlock();
        _b.Branch(Load(place.Part("hasValue")), some, none);
        _b.Continue(some);
        Store(result, Load(place.Part("value")));
        _b.Jump(end);
        _b.Continue(none);
        Store(result, Load(other));
        _b.Jump(end);
        _b.Continue(end);
        return Load(result);
    }
}
