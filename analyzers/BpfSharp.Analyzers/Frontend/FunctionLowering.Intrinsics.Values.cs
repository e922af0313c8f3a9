using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Members of <c>char</c>, enums and tuples; reinterpretation; 128-bit products.</summary>
internal sealed partial class FunctionLowering
{
    private static Dictionary<string, Intrinsic> ValueMembers => new(StringComparer.Ordinal)
    {
        ["System.Runtime.CompilerServices.Unsafe.BitCast"] = static (f, c) => f.BitCast(c),
        ["System.Diagnostics.Debug.Assert"] = static (f, c) => f.Assert(c),
        ["System.ValueTuple`2.Equals"] = static (f, c) => f.TupleEquals(c),
        ["System.ValueTuple`3.Equals"] = static (f, c) => f.TupleEquals(c),
        ["System.ValueTuple`4.Equals"] = static (f, c) => f.TupleEquals(c),
        ["System.Enum.HasFlag"] = static (f, c) => f.EnumFlag(c),
        ["System.Enum.Equals"] = static (f, c) => f.EnumEquals(c),
        ["System.Enum.CompareTo"] = static (f, c) => f.EnumCompare(c),
        ["System.Threading.Interlocked.MemoryBarrier"] = static (f, c) => f.MemoryBarrier(),
        ["System.Threading.Thread.MemoryBarrier"] = static (f, c) => f.MemoryBarrier(),
        ["System.Char.IsAscii"] = static (f, c) => f.InRanges(c, ('\0', '\x7f')),
        ["System.Char.IsAsciiDigit"] = static (f, c) => f.InRanges(c, ('0', '9')),
        ["System.Char.IsAsciiLetter"] = static (f, c) => f.InRanges(c, ('a', 'z'), ('A', 'Z')),
        ["System.Char.IsAsciiLetterLower"] = static (f, c) => f.InRanges(c, ('a', 'z')),
        ["System.Char.IsAsciiLetterUpper"] = static (f, c) => f.InRanges(c, ('A', 'Z')),
        ["System.Char.IsAsciiLetterOrDigit"] = static (f, c) => f.InRanges(c, ('a', 'z'), ('A', 'Z'), ('0', '9')),
        ["System.Char.IsAsciiHexDigit"] = static (f, c) => f.InRanges(c, ('0', '9'), ('a', 'f'), ('A', 'F')),
        ["System.Char.IsAsciiHexDigitLower"] = static (f, c) => f.InRanges(c, ('0', '9'), ('a', 'f')),
        ["System.Char.IsAsciiHexDigitUpper"] = static (f, c) => f.InRanges(c, ('0', '9'), ('A', 'F')),
        ["System.Char.IsBetween"] = static (f, c) => f.IsBetween(c),
    };

    /// <summary>The same bytes as another type of the same size.</summary>
    private Value BitCast(IntrinsicCall call)
    {
        TypeLayout to = LayoutOf(call.Method.ReturnType, call.Operation);
        Place value = ValueCopy(call.Operands[0]);
        if (value.Layout.Size != to.Size) throw Unsupported(call.Operation, "BitCast between types of different sizes");
        if (value.Layout.HasPointers || to.HasPointers) throw Fail(Ids.MapType, call.Operation, (to.HasPointers ? to : value.Layout).Type.ToDisplayString());
        return Load(value.As(to));
    }

    /// <summary>What .NET ends the process for ends the program. The messages are for people alone.</summary>
    private Value? Assert(IntrinsicCall call)
    {
        FaultUnless(LowerValue(call.Operands[0]));
        return null;
    }

    private Value TupleEquals(IntrinsicCall call)
    {
        Place left = ValueCopy(call.Instance ?? throw Silent(call.Operation)), right = ValueCopy(call.Operands[0]);
        if (!right.Layout.Type.IsTupleType) throw Fail(Ids.Boxing, call.Operands[0], right.Layout.Type.ToDisplayString(), "object");
        Block whenTrue = _b.NewBlock(), whenFalse = _b.NewBlock();
        CompareTuples(left, right, whenTrue, whenFalse, call.Operation);
        return Materialize(whenTrue, whenFalse);
    }

    /// <summary>An operand that the C# compiler boxes, before that.</summary>
    private static IOperation Unboxed(IOperation operand)
    {
        while (operand is IConversionOperation { OperatorMethod: null, Type.IsReferenceType: true } conversion) operand = conversion.Operand;
        return operand;
    }

    private (Value Left, Value Right, TypeLayout Layout) EnumOperands(IntrinsicCall call)
    {
        IOperation left = Unboxed(call.Instance ?? throw Silent(call.Operation)), right = Unboxed(call.Operands[0]);
        TypeLayout layout = LayoutOf(left);
        // Of two enums .NET compares only equal types.
        if (layout.Kind != LayoutKind.Integer || !SymbolEqualityComparer.Default.Equals(TypeOf(right), layout.Type)) throw Fail(Ids.Boxing, right, right.Type?.ToDisplayString() ?? "", "object");
        return (LowerValue(left), LowerValue(right), layout);
    }

    private Value EnumFlag(IntrinsicCall call)
    {
        (Value value, Value flag, _) = EnumOperands(call);
        return _b.Compare(Op.Eq, _b.Binary(Op.And, value, flag), flag);
    }

    private Value EnumEquals(IntrinsicCall call)
    {
        (Value left, Value right, _) = EnumOperands(call);
        return _b.Compare(Op.Eq, left, right);
    }

    private Value EnumCompare(IntrinsicCall call)
    {
        (Value left, Value right, TypeLayout layout) = EnumOperands(call);
        return _b.Binary(Op.Sub, Compare((Op.SLt, true), left, right, layout), Compare((Op.SLt, false), left, right, layout));
    }

    /// <summary>An atomic operation that gives the old value orders all accesses around it; there is no other fence before v4.</summary>
    private Value? MemoryBarrier()
    {
        Value address = Address(_plan.Function.AddSlot(8, 8, ""));
        _b.Store(Access.U64, address, _b.Const64(0));
        _b.Atomic(Op.AtomicFetchAdd, IrType.I64, Access.U64, address, _b.Const64(0));
        return null;
    }

    private Value InRanges(IntrinsicCall call, params (char Least, char Most)[] ranges)
    {
        Value value = LowerValue(call.Operands[0]);
        Value? any = null;
        foreach ((char least, char most) in ranges)
        {
            Value isIn = _b.Compare(Op.ULe, _b.Binary(Op.Sub, value, _b.Const32(least)), _b.Const32(most - least));
            any = any is null ? isIn : _b.Binary(Op.Or, any, isIn);
        }
        return any!;
    }

    private Value IsBetween(IntrinsicCall call)
    {
        Value value = LowerValue(call.Operands[0]), least = LowerValue(call.Operands[1]), most = LowerValue(call.Operands[2]);
        return _b.Compare(Op.ULe, _b.Binary(Op.Sub, value, least), _b.Binary(Op.Sub, most, least));
    }

    /// <summary>The high half of a product of 64-bit numbers, from four products of 32-bit halves.</summary>
    private Value HighProduct(Value a, Value b)
    {
        Value mask = _b.Const64(uint.MaxValue), shift = _b.Const64(32);
        Value aLow = _b.Binary(Op.And, a, mask), aHigh = _b.Binary(Op.LShr, a, shift), bLow = _b.Binary(Op.And, b, mask), bHigh = _b.Binary(Op.LShr, b, shift);
        Value low = _b.Binary(Op.Mul, aLow, bLow);
        Value middle = _b.Binary(Op.Add, _b.Binary(Op.Mul, aHigh, bLow), _b.Binary(Op.LShr, low, shift));
        Value other = _b.Binary(Op.Add, _b.Binary(Op.Mul, aLow, bHigh), _b.Binary(Op.And, middle, mask));
        return _b.Binary(Op.Add, _b.Binary(Op.Add, _b.Binary(Op.Mul, aHigh, bHigh), _b.Binary(Op.LShr, middle, shift)), _b.Binary(Op.LShr, other, shift));
    }

    /// <summary><c>Math.BigMul</c> of 64-bit numbers with the low half as an out parameter.</summary>
    private Value BigMul64(IntrinsicCall call, TypeLayout layout, Value a, Value b)
    {
        if (call.Operands.Length != 3) throw Fail(Ids.NoSource, call.Operation, call.Method.ToDisplayString());
        Place low = LowerPlace(call.Operands[2]);
        Value high = HighProduct(a, b);
        if (layout.IsSigned)
        {
            // Each negative factor counted the other one 2^64 times too often.
            Value sign = _b.Const64(63);
            high = _b.Binary(Op.Sub, high, _b.Binary(Op.And, _b.Binary(Op.AShr, a, sign), b));
            high = _b.Binary(Op.Sub, high, _b.Binary(Op.And, _b.Binary(Op.AShr, b, sign), a));
        }
        Store(low, _b.Binary(Op.Mul, a, b));
        return high;
    }

    /// <summary>The nearest value that the type has.</summary>
    private Value NumberSaturate(IntrinsicCall call)
    {
        Value value = Integer(call.Operands[0], out TypeLayout from);
        TypeLayout to = NumberOf(call);
        (long fromLeast, ulong fromMost) = Range(from);
        (long least, ulong most) = Range(to);
        Value wide = ToWidth64(value, from);
        TypeLayout wideLayout = Layouts.Get(_module.Compilation.GetSpecialType(from.IsSigned ? SpecialType.System_Int64 : SpecialType.System_UInt64))!;
        if (fromLeast < least) wide = Least(wide, _b.Const64(least), wideLayout, true);
        if (fromMost > most) wide = Least(wide, _b.Const64(unchecked((long)most)), wideLayout, false);
        return to.Is64 ? wide : _b.Add(Op.Trunc, IrType.I32, wide);
    }

    private Value CopySign(IntrinsicCall call)
    {
        TypeLayout layout = NumberOf(call);
        Value value = LowerValue(call.Operands[0]), sign = LowerValue(call.Operands[1]), zero = _b.Constant(layout.IrType, 0);
        if (!layout.IsSigned) throw Fail(Ids.NoSource, call.Operation, call.Method.ToDisplayString());
        (long least, _) = Range(layout);
        Value magnitude = Select(_b.Compare(Op.SLt, value, zero), layout, () => Normalize(_b.Add(Op.Neg, value.Type, value), null, layout), () => value);
        return Select(
            _b.Compare(Op.SLt, sign, zero),
            layout,
            () => Normalize(_b.Add(Op.Neg, magnitude.Type, magnitude), null, layout),
            () =>
            {
                // The least value has no opposite: .NET throws.
                FaultIf(_b.Compare(Op.Eq, magnitude, _b.Constant(layout.IrType, least)));
                return magnitude;
            });
    }
}
