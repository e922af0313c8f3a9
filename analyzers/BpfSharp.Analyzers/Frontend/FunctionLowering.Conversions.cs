using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Operations;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Conversions.</summary>
internal sealed partial class FunctionLowering
{
    private Value LowerConversion(IConversionOperation conversion, TypeLayout to)
    {
        if (conversion.OperatorMethod is { } method)
        {
            if (IsLiftedConversion(conversion, method)) return LowerLiftedConversion(conversion, method, null);
            return CallStatic(method, [conversion.Operand], conversion) ?? throw Silent(conversion);
        }
        if (conversion.Operand is IDefaultValueOperation or ILiteralOperation { ConstantValue.Value: null }) return ZeroOf(to);
        TypeLayout from = LayoutOf(conversion.Operand);
        if (from.IsNullable && to.Kind == LayoutKind.Integer)
        {
            // int x = (int)nullable: a fault if there is none.
            Place nullable = LowerPlace(conversion.Operand);
            FaultUnless(Load(nullable.Part("hasValue")));
            return Convert(Load(nullable.Part("value")), from.Element!, to, conversion.IsChecked);
        }
        if (from.Kind == LayoutKind.Pointer && to.Kind == LayoutKind.Pointer) return LowerValue(conversion.Operand);
        if (from.Kind != LayoutKind.Integer || to.Kind != LayoutKind.Integer) throw UnsupportedValue(conversion);
        Value value = LowerValue(conversion.Operand);
        _b.DebugId = _module.Positions.Id(conversion.Syntax);
        return Convert(value, from, to, conversion.IsChecked);
    }

    /// <summary>An integer as another type; checked, a fault if it does not fit.</summary>
    private Value Convert(Value value, TypeLayout from, TypeLayout to, bool isChecked)
    {
        if (isChecked) CheckRange(value, from, to);
        if (to.Is64) return ToWidth64(value, from);
        if (from.Is64) value = _b.Add(Op.Trunc, IrType.I32, value);
        return Normalize(value, from, to);
    }

    /// <summary>The low bits of a 32-bit value extended as the type's values are kept. <paramref name="from"/>, if known, saves what needs none.</summary>
    private Value Normalize(Value value, TypeLayout? from, TypeLayout to)
    {
        if (to.Size >= 4 || value.Type == IrType.I64) return value;
        if (from is not null && (from.Size < to.Size && (to.IsSigned || !from.IsSigned) || from.Size == to.Size && from.IsSigned == to.IsSigned)) return value;
        if (value.Op == Op.Const)
        {
            long bits = value.Immediate;
            return _b.Const32((to.Size, to.IsSigned) switch { (1, true) => (sbyte)bits, (1, false) => (byte)bits, (2, true) => (short)bits, _ => (ushort)bits });
        }
        Op op = (to.Size, to.IsSigned) switch { (1, true) => Op.SExt8, (1, false) => Op.ZExt8, (2, true) => Op.SExt16, _ => Op.ZExt16 };
        return _b.Add(op, IrType.I32, value);
    }

    private void CheckRange(Value value, TypeLayout from, TypeLayout to)
    {
        (long fromLeast, ulong fromMost) = Range(from);
        (long least, ulong most) = Range(to);
        if (fromLeast >= least && fromMost <= most) return;
        Value wide = ToWidth64(value, from);
        if (from.Is64 && !from.IsSigned)
        {
            FaultIf(_b.Compare(Op.ULt, _b.Const64(unchecked((long)most)), wide));
            return;
        }
        if (fromLeast < least) FaultIf(_b.Compare(Op.SLt, wide, _b.Const64(least)));
        if (most < fromMost) FaultIf(_b.Compare(Op.SLt, _b.Const64((long)most), wide));
    }

    private static (long Least, ulong Most) Range(TypeLayout layout) => layout.IsSigned
        ? (-1L << (layout.Bits - 1), (1UL << (layout.Bits - 1)) - 1)
        : (0, layout.Is64 ? ulong.MaxValue : (1UL << layout.Bits) - 1);

    /// <summary>Reports conversions that allocate or lead out of the types of kernel code.</summary>
    private void RejectConversion(IConversionOperation conversion)
    {
        if (conversion.Operand is IInvalidOperation || conversion.Type.IsErroneous()) throw Silent(conversion);
        if (conversion.Operand.Type is not { } source) return;
        ITypeSymbol from = _frame.Substitution.Apply(source, _module.Compilation), to = TypeOf(conversion);
        Conversion kind = conversion.GetConversion();
        if (from.IsValueType && to.IsReferenceType && !from.IsErroneous())
        {
            throw to.TypeKind == TypeKind.Dynamic ? Fail(Ids.DynamicUse, conversion) : Fail(Ids.Boxing, conversion, from.ToDisplayString(), to.ToDisplayString());
        }
        if (kind.IsUnboxing) throw Fail(Ids.Boxing, conversion, from.ToDisplayString(), to.ToDisplayString());
        if (to.SpecialType is SpecialType.System_Single or SpecialType.System_Double or SpecialType.System_Decimal && conversion.Operand is not ILiteralOperation)
        {
            throw Fail(Ids.FloatingPoint, conversion, to.ToDisplayString());
        }
        if (kind.IsPointer || to.TypeKind == TypeKind.Pointer) throw Fail(Ids.UnsafePointer, conversion, $"The pointer type '{to.ToDisplayString()}'");
        if (to.TypeKind == TypeKind.Delegate && conversion.Operand is IMethodReferenceOperation or IAnonymousFunctionOperation) throw RejectDelegate(conversion.Operand);
        if (from is IArrayTypeSymbol) throw Fail(Ids.ArrayUse, conversion.Operand, from.ToDisplayString());
    }

    /// <summary>Lowers a conversion to a struct type.</summary>
    private void LowerConversionInto(IConversionOperation conversion, Place place)
    {
        if (place.Layout is { IsSpan: true, Element.Type.SpecialType: SpecialType.System_Char } && conversion.Operand.ConstantValue.Value is string text)
        {
            WriteSpan(place, _b.GlobalAddress(_module.ConstantData(System.Text.Encoding.Unicode.GetBytes(text))), _b.Const32(text.Length));
            return;
        }
        if (conversion.OperatorMethod is { } method)
        {
            if (IsLiftedConversion(conversion, method)) LowerLiftedConversion(conversion, method, place);
            else CallStaticInto(method, [conversion.Operand], conversion, place);
            return;
        }
        IOperation operand = conversion.Operand;
        if (operand is IDefaultValueOperation || operand.ConstantValue is { HasValue: true, Value: null })
        {
            StoreZero(place);
            return;
        }
        Conversion kind = conversion.GetConversion();
        if (operand.Type is null || kind.IsIdentity || kind.IsStackAlloc || kind.IsCollectionExpression || kind.IsSwitchExpression || kind.IsConditionalExpression || kind.IsObjectCreation)
        {
            LowerInto(operand, place);
            return;
        }
        TypeLayout from = LayoutOf(operand);
        TypeLayout to = place.Layout;
        if (to.IsSpan)
        {
            LowerSpanConversion(conversion, from, place);
        }
        else if (to.IsNullable)
        {
            LowerNullableConversion(conversion, from, place);
        }
        else if (to.Type.IsTupleType && from.Type.IsTupleType)
        {
            LowerTupleConversion(operand, from, place);
        }
        else if (from.IsNullable && SymbolEqualityComparer.Default.Equals(from.Element!.Type, to.Type))
        {
            Place nullable = LowerPlace(operand);
            FaultUnless(Load(nullable.Part("hasValue")));
            Store(place, Load(nullable.Part("value")));
        }
        else if (SymbolEqualityComparer.Default.Equals(from.Type, to.Type))
        {
            LowerInto(operand, place);
        }
        else
        {
            throw UnsupportedValue(conversion);
        }
    }

    private void LowerTupleConversion(IOperation operand, TypeLayout from, Place place)
    {
        if (operand is ITupleOperation tuple)
        {
            for (int i = 0; i < tuple.Elements.Length; i++) LowerConverted(tuple.Elements[i], place.Part(place.Layout.Fields[i]));
            return;
        }
        Place source = LowerPlace(operand);
        for (int i = 0; i < from.Fields.Length; i++) ConvertPart(source.Part(from.Fields[i]), place.Part(place.Layout.Fields[i]), operand);
    }

    /// <summary>Evaluates into a place of a type that the value converts to without a user-defined operator.</summary>
    private void LowerConverted(IOperation operation, Place place)
    {
        if (operation.Type is null || SymbolEqualityComparer.Default.Equals(TypeOf(operation), place.Layout.Type))
        {
            if (operation.ConstantValue is { HasValue: true, Value: null }) StoreZero(place);
            else LowerInto(operation, place);
            return;
        }
        Place value = NewTemporary(LayoutOf(operation));
        LowerInto(operation, value);
        ConvertPart(value, place, operation);
    }

    /// <summary>Copies a value to a place of a type that it converts to implicitly.</summary>
    private void ConvertPart(Place from, Place to, IOperation at)
    {
        if (SymbolEqualityComparer.Default.Equals(from.Layout.Type, to.Layout.Type) || from.Layout.Kind == LayoutKind.Pointer && to.Layout.Kind == LayoutKind.Pointer)
        {
            Store(to, Load(from));
        }
        else if (from.Layout.Kind == LayoutKind.Integer && to.Layout.Kind == LayoutKind.Integer)
        {
            Store(to, Convert(Load(from), from.Layout, to.Layout, false));
        }
        else if (to.Layout.IsNullable && !from.Layout.IsNullable)
        {
            Store(to.Part("hasValue"), _b.Const32(1));
            ConvertPart(from, to.Part("value"), at);
        }
        else if (from.Layout.Type.IsTupleType && to.Layout.Type.IsTupleType && from.Layout.Fields.Length == to.Layout.Fields.Length)
        {
            for (int i = 0; i < from.Layout.Fields.Length; i++) ConvertPart(from.Part(from.Layout.Fields[i]), to.Part(to.Layout.Fields[i]), at);
        }
        else
        {
            throw Unsupported(at, $"This conversion to '{to.Layout.Type.ToDisplayString()}'");
        }
    }
}
