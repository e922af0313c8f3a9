namespace BpfSharp.Oracle.Generation;

/// <summary>Expressions of integer types.</summary>
internal sealed partial class ProgramGenerator
{
    private static readonly string[] s_arithmetic = ["+", "+", "-", "-", "*", "&", "|", "^"];
    private static readonly string[] s_shifts = ["<<", ">>", ">>>"];

    /// <summary>An expression of a type.</summary>
    private Expr Value(GType type, int depth) => type switch
    {
        IntType t => IntValue(t, depth),
        BoolType => Condition(depth),
        EnumType t => EnumValue(t, depth),
        StructType t => StructValue(t, depth),
        ArrayType t => ArrayValue(t, depth),
        TupleType t => TupleValue(t, depth),
        _ => throw new InvalidOperationException($"No values of {type} are made."),
    };

    private Expr IntValue(IntType type, int depth)
    {
        Spend(1);
        if (depth <= 0 || IsSpent) return Leaf(type);
        return _dice.Weighted((20, 0), (35, 1), (8, 2), (7, 3), (8, 4), (6, 5), (5, 6), (4, 7), (5, 8), (4, 9), (3, 10), (2, 11), (3, 12)) switch
        {
            1 => Arithmetic(type, depth),
            2 => Shift(type, depth),
            3 => Division(type, depth),
            4 => new Expr($"({Condition(depth - 1)} ? {IntValue(type, depth - 1)} : {IntValue(type, depth - 1)})"),
            5 => Unary(type, depth),
            6 => Call(type, depth) ?? Leaf(type),
            7 => AssignmentValue(type, depth) ?? Leaf(type),
            8 => Conversion(type, depth),
            9 => SwitchValue(type, depth),
            10 => Library(type, depth),
            11 => TupleSwitch(type, depth),
            12 => HelperValue(type, depth),
            _ => Leaf(type),
        };
    }

    private Expr Leaf(IntType type)
    {
        if (_dice.Percent(18)) return new Expr(Literal(type), true);
        var counters = _counters.Where(c => c.Type == type).ToArray();
        if (counters.Length > 0 && _dice.Percent(25)) return new Expr(_dice.Of(counters).Name);
        if (Place(type, writable: false) is { } place) return new Expr(place);
        // Nothing in scope has this type: convert.
        IntType other = _dice.Of(IntType.All);
        return other != type && Place(other, writable: false) is { } from ? Converted(new Expr(from), type) : new Expr(Literal(type), true);
    }

    private Expr Arithmetic(IntType type, int depth)
    {
        (Expr a, Expr b, IntType result) = Operands(type, depth);
        return Converted(Guarded($"({a} {_dice.Of(s_arithmetic)} {b})", a.IsConstant && b.IsConstant), result, type);
    }

    /// <summary>Two operands of types that C# has operators for, and the type of those operators' results.</summary>
    private (Expr A, Expr B, IntType Result) Operands(IntType near, int depth)
    {
        while (true)
        {
            IntType left = _dice.Percent(60) ? near : _dice.Of(IntType.All), right = _dice.Percent(60) ? left : _dice.Of(IntType.All);
            if (IntType.Promote(left, right) is not { } result) continue;
            Expr a = IntValue(left, depth - 1), b = IntValue(right, depth - 1);
            // A constant takes the other operand's type if it fits, and then C# chooses another operator.
            if (left != right && (a.IsConstant || b.IsConstant)) (a, b, result) = a.IsConstant
                ? (new Expr(Literal(right), true), b, IntType.Promote(right, right)!) : (a, new Expr(Literal(left), true), IntType.Promote(left, left)!);
            return (a, b, result);
        }
    }

    /// <summary>The expression, or another one if C# would evaluate it.</summary>
    private Expr Variable(Expr value, IntType type) => !value.IsConstant ? value : new Expr(Place(type, writable: false) ?? $"unchecked(({type})Results[0u])");

    private Expr Shift(IntType type, int depth)
    {
        IntType left = _dice.Percent(60) ? type : _dice.Of(IntType.All);
        Expr value = IntValue(left, depth - 1);
        Expr count = _dice.Percent(50) ? new Expr(_dice.Between(0, 70).ToString(), true) : IntValue(_dice.Percent(70) ? IntType.Int : IntType.Byte, depth - 1);
        IntType result = left.Bits < 32 ? IntType.Int : left;
        return Converted(Guarded($"({value} {_dice.Of(s_shifts)} {count})", value.IsConstant && count.IsConstant), result, type);
    }

    private Expr Division(IntType type, int depth)
    {
        (Expr a, Expr b, IntType result) = Operands(type, depth);
        string op = _dice.Percent(50) ? "/" : "%";
        // C# evaluates divisions of constants and refuses those that fail.
        if (a.IsConstant) return new Expr(Literal(type), true);
        bool mayFault = !b.IsConstant && (MayFault() || (_faultPercent > 0 && _dice.Percent(10)));
        if (!mayFault && (b.IsConstant || _dice.Percent(50)))
        {
            long divisor = _dice.Percent(70) ? _dice.Between(1, 20) : Wrap(_dice.Of(s_edges), result);
            // By -1 it overflows for the smallest number.
            if (divisor is 0 or -1) divisor = 3;
            return Converted(new Expr($"({a} {op} {Literal(result, divisor)})"), result, type);
        }
        string right = mayFault ? b.Text : $"(({result})({b}) & 7 | 1)";
        return Converted(new Expr($"({a} {op} {right})"), result, type);
    }

    private Expr Unary(IntType type, int depth)
    {
        Expr value = IntValue(type, depth - 1);
        bool negatable = type.Bits < 64 || type.Signed;
        IntType result = type.Bits < 32 ? IntType.Int : type;
        string op = _dice.Percent(50) && negatable ? "-" : _dice.Percent(90) ? "~" : "+";
        if (op == "-" && type == IntType.UInt) result = IntType.Long;
        return Converted(Guarded($"({op}{value})", value.IsConstant), result, type);
    }

    private Expr Conversion(IntType type, int depth)
    {
        IntType from = _dice.Of(IntType.All);
        // Members of enums are constants.
        if (_dice.Percent(10) && _enums.Count > 0) return new Expr($"unchecked(({type})({EnumValue(_dice.Of(_enums), depth - 1)}))", true);
        Expr value = IntValue(from, depth - 1);
        return Converted(value, type, force: true);
    }

    /// <summary>The value of an assignment, <c>++</c> or <c>--</c>.</summary>
    private Expr? AssignmentValue(IntType type, int depth)
    {
        if (Place(type, writable: true) is not { } place) return null;
        Spend(2);
        return _dice.Below(3) switch
        {
            0 => IntValue(type, depth - 1) is var value && place.Contains('[') && IsChoice(value.Text) ? value : new Expr($"({place} = {value})"),
            1 => Guarded(_dice.Percent(50) ? $"({place}{(_dice.Percent(50) ? "++" : "--")})" : $"({(_dice.Percent(50) ? "++" : "--")}{place})", false),
            _ => Guarded($"({place} {_dice.Of(s_arithmetic)}= {IntValue(type, depth - 1)})", false),
        };
    }

    private Expr Library(IntType type, int depth)
    {
        if (type.IsNative || type == IntType.Char) return Leaf(type);
        switch (_dice.Below(5))
        {
            case 0:
                return new Expr($"Math.{(_dice.Percent(50) ? "Min" : "Max")}({IntValue(type, depth - 1)}, {IntValue(type, depth - 1)})");
            case 1:
                IntType counted = _dice.Percent(50) ? IntType.UInt : IntType.ULong;
                string function = _dice.Of<string>(["PopCount", "LeadingZeroCount", "TrailingZeroCount", "Log2"]);
                if (function != "TrailingZeroCount" || counted != IntType.ULong) return Converted(new Expr($"BitOperations.{function}({IntValue(counted, depth - 1)})"), IntType.Int, type);
                // .NET 10's JIT takes the count of a constant's 64 bits for a number of 64 bits: ~(uint)BitOperations.TrailingZeroCount(1UL) is more than a uint then.
                _helpers.Add("Trailing");
                return Converted(new Expr($"Trailing({IntValue(counted, depth - 1)})"), IntType.Int, type);
            case 2:
                IntType rotated = _dice.Percent(50) ? IntType.UInt : IntType.ULong;
                // And a constant of 32 bits that it rotates is a number of more bits to it: (int)BitOperations.RotateLeft(4294967294u, 3) is more than a char.
                if (rotated == IntType.UInt) _helpers.Add("Given");
                string value = rotated == IntType.UInt ? $"Given({IntValue(rotated, depth - 1)})" : $"{IntValue(rotated, depth - 1)}";
                return Converted(new Expr($"BitOperations.Rotate{(_dice.Percent(50) ? "Left" : "Right")}({value}, {IntValue(IntType.Int, depth - 1)})"), rotated, type);
            case 3 when type.Signed && MayFault():
                return new Expr($"Math.Abs({IntValue(type, depth - 1)})");
            case 4:
                return new Expr($"Math.Clamp({IntValue(type, depth - 1)}, {Literal(type, 3)}, {Literal(type, 100)})");
            default:
                return new Expr($"System.Buffers.Binary.BinaryPrimitives.ReverseEndianness({IntValue(type, depth - 1)})");
        }
    }

    /// <summary>Puts an operation under <c>unchecked</c> if C# would evaluate it, now and then under <c>checked</c>.</summary>
    private Expr Guarded(string text, bool isConstant) =>
        isConstant ? new Expr($"unchecked({text})", true)
        : MayFault() && _dice.Percent(40) ? new Expr($"checked({text})")
        : _dice.Percent(10) ? new Expr($"unchecked({text})") : new Expr(text);

    private Expr Converted(Expr value, IntType from, IntType to) => from == to ? value : Converted(value, to);

    private Expr Converted(Expr value, IntType to, bool force = false)
    {
        string keyword = value.IsConstant ? "unchecked" : MayFault() && _dice.Percent(40) ? "checked" : force && _dice.Percent(30) ? "unchecked" : "";
        return new Expr($"{keyword}(({to})({value}))", value.IsConstant);
    }
}
