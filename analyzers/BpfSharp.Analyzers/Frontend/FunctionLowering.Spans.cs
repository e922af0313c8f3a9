using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Operations;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Spans, inline arrays, indices and ranges, <c>stackalloc</c>, collection expressions.</summary>
internal sealed partial class FunctionLowering
{
    private const int MaximumStack = 512;

    private static bool IsRange(IOperation argument) => argument.Type is { Name: "Range", ContainingNamespace.Name: "System" };

    private void WriteSpan(Place place, Value pointer, Value length)
    {
        Store(place.Part("_reference"), pointer);
        Store(place.Part("_length"), length);
    }

    private (Value Pointer, Value Length) ReadSpan(Place span) => (Load(span.Part("_reference")), Load(span.Part("_length")));

    /// <summary>The place of an element after the check that .NET makes.</summary>
    private Place Element(Value pointer, long offset, Value length, Value index, TypeLayout element)
    {
        FaultUnless(_b.Compare(Op.ULt, index, length));
        return ElementUnchecked(pointer, offset, index, element);
    }

    private Place ElementUnchecked(Value pointer, long offset, Value index, TypeLayout element)
    {
        if (index.Op == Op.Const) return new Place(pointer, offset + (uint)index.Immediate * element.Size, element);
        return new Place(_b.PtrAdd(pointer, Scale(index, element.Size)), offset, element);
    }

    /// <summary>A non-negative int times a size, as i64.</summary>
    private Value Scale(Value count, int size)
    {
        if (count.Op == Op.Const) return _b.Const64((uint)count.Immediate * (long)size);
        Value wide = _b.Add(Op.ZExt32, IrType.I64, count);
        return size == 1 ? wide : _b.Binary(Op.Mul, wide, _b.Const64(size));
    }

    private Place InlineArrayElement(IInlineArrayAccessOperation access)
    {
        Place array = LowerPlace(access.Instance);
        if (array.Layout.ElementCount == 0) throw Silent(access);
        Value length = _b.Const32(array.Layout.ElementCount);
        Value index = Index(access.Argument, length);
        _b.DebugId = _module.Positions.Id(access.Syntax);
        if (index.Op == Op.Const && (uint)index.Immediate < (uint)array.Layout.ElementCount) return ElementUnchecked(array.Pointer, array.Offset, index, array.Layout.Element!);
        return Element(array.Pointer, array.Offset, length, index, array.Layout.Element!);
    }

    /// <summary>An index as int: a number, or one from the end. Not checked.</summary>
    private Value Index(IOperation argument, Value length)
    {
        while (argument is IConversionOperation { Type: { Name: "Index" } } conversion) argument = conversion.Operand;
        if (argument is IUnaryOperation { OperatorKind: UnaryOperatorKind.Hat } fromEnd)
        {
            Value back = LowerValue(fromEnd.Operand);
            return length.Op == Op.Const && back.Op == Op.Const ? _b.Const32((int)(length.Immediate - back.Immediate)) : _b.Binary(Op.Sub, length, back);
        }
        TypeLayout layout = LayoutOf(argument);
        if (layout.Kind == LayoutKind.Integer) return Convert(LowerValue(argument), layout, Layouts.Int32, false);
        return OffsetOf(LowerPlace(argument), length);
    }

    /// <summary>Start and length of a range, checked as <c>Slice</c> checks them.</summary>
    private (Value Start, Value Length) Range(IOperation argument, Value length)
    {
        while (argument is IConversionOperation { OperatorMethod: null } conversion) argument = conversion.Operand;
        Value start, end;
        if (argument is IRangeOperation range)
        {
            start = range.LeftOperand is null ? _b.Const32(0) : Index(range.LeftOperand, length);
            end = range.RightOperand is null ? length : Index(range.RightOperand, length);
        }
        else
        {
            Place kept = LowerPlace(argument);
            start = OffsetOf(kept.Part("Start"), length);
            end = OffsetOf(kept.Part("End"), length);
        }
        _b.DebugId = _module.Positions.Id(argument.Syntax);
        if (ReferenceEquals(end, length) && start.Op != Op.Const)
        {
            // The length behind the check: computed before it, the verifier would not learn its bound, and a loop over the slice would not end for it.
            FaultUnless(_b.Compare(Op.ULe, start, length));
            return (start, _b.Binary(Op.Sub, length, start));
        }
        Value count = start.Op == Op.Const && start.Immediate == 0 ? end
            : start.Op == Op.Const && end.Op == Op.Const ? _b.Const32((int)(end.Immediate - start.Immediate))
            : _b.Binary(Op.Sub, end, start);
        CheckSlice(start, count, length);
        return (start, count);
    }

    /// <summary>Faults unless start ≤ length and count ≤ length - start, unsigned.</summary>
    private void CheckSlice(Value start, Value count, Value length)
    {
        bool startIsZero = start.Op == Op.Const && start.Immediate == 0;
        if (!startIsZero) FaultUnless(_b.Compare(Op.ULe, start, length));
        if (ReferenceEquals(count, length)) return;
        FaultUnless(_b.Compare(Op.ULe, count, startIsZero ? length : _b.Binary(Op.Sub, length, start)));
    }

    private void Slice(Value pointer, long offset, Value start, Value count, TypeLayout element, Place place)
    {
        Value at = start.Op == Op.Const ? _b.Offset(pointer, offset + (uint)start.Immediate * (long)element.Size) : _b.Offset(_b.PtrAdd(pointer, Scale(start, element.Size)), offset);
        WriteSpan(place, at, count);
    }

    private void LowerInlineArraySlice(IInlineArrayAccessOperation access, Place place)
    {
        Place array = LowerPlace(access.Instance);
        if (array.Layout.ElementCount == 0) throw Silent(access);
        (Value start, Value count) = Range(access.Argument, _b.Const32(array.Layout.ElementCount));
        Slice(array.Pointer, array.Offset, start, count, array.Layout.Element!, place);
    }

    /// <summary>The element of a span or of a type with such an indexer, by an index; null if it is a range or the indexer gives a value.</summary>
    private Place? IndexerElement(IImplicitIndexerReferenceOperation indexer)
    {
        if (IsRange(indexer.Argument) || indexer.IndexerSymbol is not IPropertySymbol property) return null;
        TypeLayout container = LayoutOf(indexer.Instance);
        Place instance = LowerPlace(indexer.Instance);
        if (container.IsSpan)
        {
            (Value pointer, Value length) = ReadSpan(instance);
            return Element(pointer, 0, length, Index(indexer.Argument, length), container.Element!);
        }
        if (!property.ReturnsByRef && !property.ReturnsByRefReadonly) return null;
        Value count = LengthOf(indexer.LengthSymbol, instance, indexer);
        Value element = CallMethod(Expect(property.GetMethod, indexer), AddressOf(instance), [Index(indexer.Argument, count)], indexer, null) ?? throw Silent(indexer);
        return new Place(element, 0, LayoutOf(indexer));
    }

    private Value LengthOf(ISymbol? symbol, Place instance, IOperation at)
    {
        if (instance.Layout.IsSpan) return Load(instance.Part("_length"));
        if (symbol is not IPropertySymbol { GetMethod: { } getter }) throw Silent(at);
        return CallMethod(getter, AddressOf(instance), [], at, null) ?? throw Silent(at);
    }

    private Value? LowerIndexerGet(IImplicitIndexerReferenceOperation indexer, Place? destination)
    {
        TypeLayout container = LayoutOf(indexer.Instance);
        if (container.IsSpan && IsRange(indexer.Argument))
        {
            Place span = LowerPlace(indexer.Instance);
            (Value pointer, Value length) = ReadSpan(span);
            (Value start, Value count) = Range(indexer.Argument, length);
            Place result = destination ?? NewTemporary(LayoutOf(indexer));
            Slice(pointer, 0, start, count, container.Element!, result);
            return AddressOf(result);
        }
        Place instance = LowerPlace(indexer.Instance);
        Value total = LengthOf(indexer.LengthSymbol, instance, indexer);
        if (indexer.IndexerSymbol is IPropertySymbol { GetMethod: { } getter })
        {
            return CallMethod(getter, AddressOf(instance), [Index(indexer.Argument, total)], indexer, null);
        }
        if (indexer.IndexerSymbol is IMethodSymbol slice)
        {
            (Value start, Value count) = Range(indexer.Argument, total);
            return CallMethod(slice, AddressOf(instance), [start, count], indexer, null);
        }
        throw Silent(indexer);
    }

    private void LowerSpanConversion(IConversionOperation conversion, TypeLayout from, Place place)
    {
        if (from.IsSpan)
        {
            Store(place, AddressOf(LowerPlace(conversion.Operand)));
        }
        else if (from.ElementCount > 0)
        {
            Place array = LowerPlace(conversion.Operand);
            WriteSpan(place, AddressOf(array), _b.Const32(from.ElementCount));
        }
        else
        {
            throw UnsupportedValue(conversion);
        }
    }

    private void LowerSpanCreation(IObjectCreationOperation creation, Place place)
    {
        if (creation.Arguments.IsEmpty)
        {
            StoreZero(place);
            return;
        }
        if (creation.Arguments.Length == 1 && creation.Arguments[0].Parameter is { RefKind: not RefKind.None })
        {
            WriteSpan(place, AddressOf(LowerPlace(creation.Arguments[0].Value)), _b.Const32(1));
            return;
        }
        throw creation.Arguments[0].Value.Type is IArrayTypeSymbol array
            ? Fail(Ids.ArrayUse, creation, array.ToDisplayString())
            : Fail(Ids.UnsafePointer, creation, "A span over a pointer");
    }

    /// <summary><c>stackalloc</c>, which the operation tree has as a node without kind: the size first, then the elements.</summary>
    private void LowerStackalloc(IOperation operation, Place place)
    {
        if (!place.Layout.IsSpan) throw Fail(Ids.UnsafePointer, operation, "A pointer to stackalloc");
        IOperation[] children = [.. operation.ChildOperations];
        TypeLayout element = place.Layout.Element!;
        bool hasSize = children.Length > 0 && children[0].Type?.SpecialType == SpecialType.System_Int32 && children[0].ConstantValue.HasValue;
        if (children.Length == 0) throw Silent(operation);
        if (!hasSize || children[0].ConstantValue.Value is not int count || count < 0 || (long)count * element.Size > MaximumStack)
        {
            throw Fail(Ids.StackallocSize, operation);
        }
        // Aligned for every type that it may be read as.
        Slot slot = _plan.Function.AddSlot(Math.Max(count * element.Size, 1), 8, "stackalloc");
        Value address = Address(slot);
        _b.Zero(address, count * element.Size, 8);
        for (int i = 1; i < children.Length; i++) LowerInto(children[i], new Place(Address(slot), (i - 1) * element.Size, element));
        WriteSpan(place, Address(slot), _b.Const32(count));
    }
}
