using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>The members of the .NET library that kernel code can use, by their full names.</summary>
internal sealed partial class FunctionLowering
{
    private static readonly Dictionary<string, Intrinsic> LibraryIntrinsics = BuildLibrary();

    private static Dictionary<string, Intrinsic> BuildLibrary()
    {
        Dictionary<string, Intrinsic> table = new(StringComparer.Ordinal)
        {
            ["System.Threading.Interlocked.Increment"] = static (f, c) => f.InterlockedAdd(c, 1),
            ["System.Threading.Interlocked.Decrement"] = static (f, c) => f.InterlockedAdd(c, -1),
            ["System.Threading.Interlocked.Add"] = static (f, c) => f.InterlockedAdd(c, null),
            ["System.Threading.Interlocked.And"] = static (f, c) => f.InterlockedLogic(c, Op.AtomicAnd, Op.AtomicFetchAnd),
            ["System.Threading.Interlocked.Or"] = static (f, c) => f.InterlockedLogic(c, Op.AtomicOr, Op.AtomicFetchOr),
            ["System.Threading.Interlocked.Exchange"] = static (f, c) => f.InterlockedExchange(c),
            ["System.Threading.Interlocked.CompareExchange"] = static (f, c) => f.InterlockedCompareExchange(c),
            ["System.Threading.Interlocked.Read"] = static (f, c) => f.VolatileRead(c),
            ["System.Threading.Volatile.Read"] = static (f, c) => f.VolatileRead(c),
            ["System.Threading.Volatile.Write"] = static (f, c) => f.VolatileWrite(c),
            ["System.Math.Min"] = static (f, c) => f.MinMax(c, false),
            ["System.Math.Max"] = static (f, c) => f.MinMax(c, true),
            ["System.Math.Clamp"] = static (f, c) => f.Clamp(c),
            ["System.Math.Abs"] = static (f, c) => f.Abs(c),
            ["System.Math.Sign"] = static (f, c) => f.Sign(c),
            ["System.Math.DivRem"] = static (f, c) => f.DivRem(c),
            ["System.Math.BigMul"] = static (f, c) => f.BigMul(c),
            ["System.Numerics.BitOperations.PopCount"] = static (f, c) => f.PopCount(c),
            ["System.Numerics.BitOperations.LeadingZeroCount"] = static (f, c) => f.LeadingZeroCount(c),
            ["System.Numerics.BitOperations.TrailingZeroCount"] = static (f, c) => f.TrailingZeroCount(c),
            ["System.Numerics.BitOperations.Log2"] = static (f, c) => f.Log2(c),
            ["System.Numerics.BitOperations.RotateLeft"] = static (f, c) => f.Rotate(c, false),
            ["System.Numerics.BitOperations.RotateRight"] = static (f, c) => f.Rotate(c, true),
            ["System.Numerics.BitOperations.IsPow2"] = static (f, c) => f.IsPow2(c),
            ["System.Numerics.BitOperations.RoundUpToPowerOf2"] = static (f, c) => f.RoundUpToPowerOf2(c),
            ["System.Buffers.Binary.BinaryPrimitives.ReverseEndianness"] = static (f, c) => f.ReverseEndianness(c),
            ["System.Runtime.CompilerServices.Unsafe.SizeOf"] = static (f, c) => f._b.Const32(f.LayoutOf(c.Method.TypeArguments[0], c.Operation).Size),
            ["System.Runtime.InteropServices.MemoryMarshal.Read"] = static (f, c) => f.MarshalRead(c),
            ["System.Runtime.InteropServices.MemoryMarshal.Write"] = static (f, c) => f.MarshalWrite(c),
            ["System.Runtime.InteropServices.MemoryMarshal.AsBytes"] = static (f, c) => f.AsBytes(c),
            ["System.Runtime.InteropServices.MemoryMarshal.Cast"] = static (f, c) => f.SpanCast(c),
            ["System.Runtime.InteropServices.MemoryMarshal.GetReference"] = static (f, c) => f.ReadSpan(f.LowerPlace(c.Operands[0])).Pointer,
            ["System.Runtime.InteropServices.MemoryMarshal.CreateSpan"] = static (f, c) => f.CreateSpan(c),
            ["System.Runtime.InteropServices.MemoryMarshal.CreateReadOnlySpan"] = static (f, c) => f.CreateSpan(c),
            ["System.MemoryExtensions.SequenceEqual"] = static (f, c) => f.SequenceEqual(c),
            ["System.MemoryExtensions.StartsWith"] = static (f, c) => f.StartsWith(c),
            ["System.Nullable`1.get_HasValue"] = static (f, c) => f.Load(f.LowerPlace(c.Instance!).Part("hasValue")),
            ["System.Nullable`1.get_Value"] = static (f, c) => f.NullableValue(c),
            ["System.Nullable`1.GetValueOrDefault"] = static (f, c) => f.NullableOrDefault(c),
            ["System.Span`1.op_Implicit"] = static (f, c) => f.SpanConversion(c),
            ["System.ReadOnlySpan`1.op_Implicit"] = static (f, c) => f.SpanConversion(c),
        };
        foreach (string span in (string[])["System.Span`1", "System.ReadOnlySpan`1"])
        {
            table[span + ".get_Length"] = static (f, c) => f.Load(f.LowerPlace(c.Instance!).Part("_length"));
            table[span + ".get_IsEmpty"] = static (f, c) => f._b.Compare(Op.Eq, f.Load(f.LowerPlace(c.Instance!).Part("_length")), f._b.Const32(0));
            table[span + ".get_Item"] = static (f, c) => f.SpanItem(c);
            table[span + ".get_Empty"] = static (f, c) => f.EmptySpan(c);
            table[span + ".Slice"] = static (f, c) => f.SpanSlice(c);
            table[span + ".CopyTo"] = static (f, c) => f.SpanCopyTo(c, true);
            table[span + ".TryCopyTo"] = static (f, c) => f.SpanCopyTo(c, false);
            table[span + ".Clear"] = static (f, c) => f.SpanFill(c, null);
            table[span + ".Fill"] = static (f, c) => f.SpanFill(c, c.Operands[0]);
        }
        foreach (string order in (string[])["BigEndian", "LittleEndian"])
        {
            foreach (string type in (string[])["Int16", "UInt16", "Int32", "UInt32", "Int64", "UInt64", "IntPtr", "UIntPtr"])
            {
                bool swaps = order == "BigEndian";
                table["System.Buffers.Binary.BinaryPrimitives.Read" + type + order] = (f, c) => f.ReadPrimitive(c, swaps);
                table["System.Buffers.Binary.BinaryPrimitives.Write" + type + order] = (f, c) => f.WritePrimitive(c, swaps);
                table["System.Buffers.Binary.BinaryPrimitives.TryRead" + type + order] = (f, c) => f.TryPrimitive(c, swaps, false);
                table["System.Buffers.Binary.BinaryPrimitives.TryWrite" + type + order] = (f, c) => f.TryPrimitive(c, swaps, true);
            }
        }
        foreach (Dictionary<string, Intrinsic> members in (Dictionary<string, Intrinsic>[])[SearchMembers, ValueMembers, IndexMembers])
        {
            foreach (KeyValuePair<string, Intrinsic> member in members) table.Add(member.Key, member.Value);
        }
        return table;
    }

    /// <summary>The static members of the integer types, which say by other names what <c>Math</c> and <c>BitOperations</c> say.</summary>
    private static readonly Dictionary<string, Intrinsic> NumberMembers = new(StringComparer.Ordinal)
    {
        ["Min"] = static (f, c) => f.MinMax(c, false),
        ["Max"] = static (f, c) => f.MinMax(c, true),
        ["Clamp"] = static (f, c) => f.Clamp(c),
        ["Abs"] = static (f, c) => f.Abs(c),
        ["Sign"] = static (f, c) => f.Sign(c),
        ["DivRem"] = static (f, c) => f.DivRem(c),
        ["PopCount"] = static (f, c) => f.AsResult(f.PopCount(c), c),
        ["LeadingZeroCount"] = static (f, c) => f.AsResult(f.LeadingZeroCount(c), c),
        ["TrailingZeroCount"] = static (f, c) => f.AsResult(f.TrailingZeroCount(c), c),
        ["Log2"] = static (f, c) => f.AsResult(f.Log2(c), c),
        ["RotateLeft"] = static (f, c) => f.Rotate(c, false),
        ["RotateRight"] = static (f, c) => f.Rotate(c, true),
        ["IsPow2"] = static (f, c) => f.IsPow2(c),
        ["IsNegative"] = static (f, c) => f.TestNumber(c, Op.SLt, true),
        ["IsPositive"] = static (f, c) => f.TestNumber(c, Op.SLe, false),
        ["IsEvenInteger"] = static (f, c) => f.TestBit(c, 0),
        ["IsOddInteger"] = static (f, c) => f.TestBit(c, 1),
        ["Equals"] = static (f, c) => f.NumberEquals(c),
        ["CompareTo"] = static (f, c) => f.NumberCompare(c),
        ["GetHashCode"] = static (f, c) => f.NumberHash(c),
    };

    /// <summary>The operators of the generic-math interfaces, where a type parameter stands for an integer type.</summary>
    private static readonly Dictionary<string, (BinaryOperatorKind Kind, bool IsChecked)> NumberOperators = new(StringComparer.Ordinal)
    {
        ["op_Addition"] = (BinaryOperatorKind.Add, false),
        ["op_Subtraction"] = (BinaryOperatorKind.Subtract, false),
        ["op_Multiply"] = (BinaryOperatorKind.Multiply, false),
        ["op_CheckedAddition"] = (BinaryOperatorKind.Add, true),
        ["op_CheckedSubtraction"] = (BinaryOperatorKind.Subtract, true),
        ["op_CheckedMultiply"] = (BinaryOperatorKind.Multiply, true),
        ["op_Division"] = (BinaryOperatorKind.Divide, false),
        ["op_Modulus"] = (BinaryOperatorKind.Remainder, false),
        ["op_BitwiseAnd"] = (BinaryOperatorKind.And, false),
        ["op_BitwiseOr"] = (BinaryOperatorKind.Or, false),
        ["op_ExclusiveOr"] = (BinaryOperatorKind.ExclusiveOr, false),
        ["op_LeftShift"] = (BinaryOperatorKind.LeftShift, false),
        ["op_RightShift"] = (BinaryOperatorKind.RightShift, false),
        ["op_UnsignedRightShift"] = (BinaryOperatorKind.UnsignedRightShift, false),
        ["op_Equality"] = (BinaryOperatorKind.Equals, false),
        ["op_Inequality"] = (BinaryOperatorKind.NotEquals, false),
        ["op_LessThan"] = (BinaryOperatorKind.LessThan, false),
        ["op_LessThanOrEqual"] = (BinaryOperatorKind.LessThanOrEqual, false),
        ["op_GreaterThan"] = (BinaryOperatorKind.GreaterThan, false),
        ["op_GreaterThanOrEqual"] = (BinaryOperatorKind.GreaterThanOrEqual, false),
    };

    private static Intrinsic? NumberIntrinsic(IMethodSymbol method)
    {
        string name = method.Name.Substring(method.Name.LastIndexOf('.') + 1);
        if (!IsNumber(method.ContainingType)) return null;
        if (NumberOperators.TryGetValue(name, out (BinaryOperatorKind Kind, bool IsChecked) op)) return (f, c) => f.NumberOperator(c, op.Kind, op.IsChecked);
        return name switch
        {
            "op_Increment" => static (f, c) => f.NumberStep(c, BinaryOperatorKind.Add),
            "op_Decrement" => static (f, c) => f.NumberStep(c, BinaryOperatorKind.Subtract),
            "op_UnaryNegation" => static (f, c) => f.NumberNegate(c),
            "op_OnesComplement" => static (f, c) => f.NumberComplement(c),
            "op_UnaryPlus" => static (f, c) => f.LowerValue(c.Operands[0]),
            "get_Zero" or "get_AdditiveIdentity" => static (f, c) => f.NumberConstant(c, 0),
            "get_One" or "get_MultiplicativeIdentity" => static (f, c) => f.NumberConstant(c, 1),
            "get_MaxValue" => static (f, c) => f.NumberLimit(c, true),
            "get_MinValue" => static (f, c) => f.NumberLimit(c, false),
            "CreateTruncating" => static (f, c) => f.NumberCreate(c, false),
            "CreateSaturating" => static (f, c) => f.NumberSaturate(c),
            "CopySign" => static (f, c) => f.CopySign(c),
            "get_Size" => static (f, c) => f._b.Const32(8),
            "CreateChecked" => static (f, c) => f.NumberCreate(c, true),
            _ => NumberMembers.TryGetValue(name, out Intrinsic? member) ? member : null,
        };
    }

    private static bool IsNumber(INamedTypeSymbol? type) => type?.SpecialType is
        SpecialType.System_SByte or SpecialType.System_Byte or SpecialType.System_Int16 or SpecialType.System_UInt16 or SpecialType.System_Int32 or SpecialType.System_UInt32
        or SpecialType.System_Int64 or SpecialType.System_UInt64 or SpecialType.System_IntPtr or SpecialType.System_UIntPtr or SpecialType.System_Char or SpecialType.System_Boolean;

    /// <summary>The type that a member of a number is declared in.</summary>
    private TypeLayout NumberOf(IntrinsicCall call) => LayoutOf(call.Method.ContainingType, call.Operation);

    private Value NumberOperator(IntrinsicCall call, BinaryOperatorKind kind, bool isChecked)
    {
        TypeLayout layout = NumberOf(call);
        Value a = LowerValue(call.Operands[0]), b = LowerValue(call.Operands[1]);
        return Arithmetic(kind, a, layout, b, LayoutOf(call.Operands[1]), layout, isChecked, call.Operation);
    }

    private Value NumberStep(IntrinsicCall call, BinaryOperatorKind kind)
    {
        TypeLayout layout = NumberOf(call);
        return Arithmetic(kind, LowerValue(call.Operands[0]), layout, _b.Constant(layout.IrType, 1), layout, layout, false, call.Operation);
    }

    private Value NumberNegate(IntrinsicCall call)
    {
        TypeLayout layout = NumberOf(call);
        return Normalize(_b.Add(Op.Neg, layout.IrType, LowerValue(call.Operands[0])), null, layout);
    }

    private Value NumberComplement(IntrinsicCall call)
    {
        TypeLayout layout = NumberOf(call);
        return Normalize(_b.Binary(Op.Xor, LowerValue(call.Operands[0]), _b.Constant(layout.IrType, -1)), null, layout);
    }

    private Value NumberConstant(IntrinsicCall call, long value) => _b.Constant(NumberOf(call).IrType, value);

    private Value NumberLimit(IntrinsicCall call, bool most)
    {
        TypeLayout layout = NumberOf(call);
        (long least, ulong greatest) = Range(layout);
        return _b.Constant(layout.IrType, most ? unchecked((long)greatest) : least);
    }

    private Value NumberCreate(IntrinsicCall call, bool isChecked)
    {
        Value value = Integer(call.Operands[0], out TypeLayout from);
        return Convert(value, from, NumberOf(call), isChecked);
    }

    private Value NumberEquals(IntrinsicCall call)
    {
        Value left = LowerValue(call.Instance ?? throw Silent(call.Operation));
        return _b.Compare(Op.Eq, left, Integer(call.Operands[0], out _));
    }

    private Value NumberCompare(IntrinsicCall call)
    {
        TypeLayout layout = NumberOf(call);
        Value left = LowerValue(call.Instance ?? throw Silent(call.Operation)), right = Integer(call.Operands[0], out _);
        // Narrow types give the difference, wide ones -1, 0 or 1, as .NET does.
        if (layout.Size < 4 && !layout.IsBool) return _b.Binary(Op.Sub, left, right);
        Value less = Compare((Op.SLt, false), left, right, layout), greater = Compare((Op.SLt, true), left, right, layout);
        return _b.Binary(Op.Sub, greater, less);
    }

    private Value NumberHash(IntrinsicCall call)
    {
        TypeLayout layout = NumberOf(call);
        Value value = LowerValue(call.Instance ?? throw Silent(call.Operation));
        if (layout.Type.SpecialType == SpecialType.System_Char) return _b.Binary(Op.Or, value, _b.Binary(Op.Shl, value, _b.Const32(16)));
        if (!layout.Is64) return value;
        return _b.Add(Op.Trunc, IrType.I32, _b.Binary(Op.Xor, value, _b.Binary(Op.LShr, value, _b.Const64(32))));
    }

    private Value TestNumber(IntrinsicCall call, Op op, bool valueFirst)
    {
        Value value = Integer(call.Operands[0], out TypeLayout layout), zero = _b.Constant(layout.IrType, 0);
        if (!layout.IsSigned) return _b.Const32(valueFirst ? 0 : 1);
        return valueFirst ? _b.Compare(op, value, zero) : _b.Compare(op, zero, value);
    }

    private Value TestBit(IntrinsicCall call, int expected)
    {
        Value value = Integer(call.Operands[0], out TypeLayout layout);
        return _b.Compare(Op.Eq, _b.Binary(Op.And, value, _b.Constant(layout.IrType, 1)), _b.Constant(layout.IrType, expected));
    }

    /// <summary>An int as the type of the call's result.</summary>
    private Value AsResult(Value value, IntrinsicCall call)
    {
        TypeLayout result = LayoutOf(call.Method.ReturnType, call.Operation);
        return result.Is64 ? ToWidth64(value, Layouts.Int32) : value;
    }
}
