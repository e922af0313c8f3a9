namespace BpfSharp.Oracle.Generation;

/// <summary>A type of the generated program.</summary>
internal abstract record GType(string Name, int Size, int Alignment)
{
    /// <summary>Whether its bytes are all fields': only such types are keys and values of maps, as padding has no value in C#.</summary>
    public virtual bool IsDense => true;

    public sealed override string ToString() => Name;
}

/// <summary>An integer type, or <c>char</c>.</summary>
internal sealed record IntType(string Name, int Bits, bool Signed) : GType(Name, Bits / 8, Bits / 8)
{
    public static readonly IntType SByte = new("sbyte", 8, true), Byte = new("byte", 8, false), Short = new("short", 16, true), UShort = new("ushort", 16, false),
        Char = new("char", 16, false), Int = new("int", 32, true), UInt = new("uint", 32, false), Long = new("long", 64, true), ULong = new("ulong", 64, false),
        NInt = new("nint", 64, true), NUInt = new("nuint", 64, false);

    /// <summary>All of them; those that come more often in programs are there more often.</summary>
    public static readonly IntType[] All = [SByte, Byte, Byte, Short, UShort, Char, Int, Int, Int, Int, UInt, UInt, UInt, Long, Long, ULong, ULong, NInt, NUInt];

    public bool IsNative => this == NInt || this == NUInt;

    /// <summary>The type of an arithmetic operator's result on operands of two types; null if C# has none.</summary>
    public static IntType? Promote(IntType a, IntType b)
    {
        if (a.Bits < 32) a = Int;
        if (b.Bits < 32) b = Int;
        if (a == b) return a;
        if (a.Bits == 32 && b.Bits == 32) return Long;
        IntType wide = a.Bits == 64 ? a : b, other = a.Bits == 64 ? b : a;
        if (other.Bits == 64)
        {
            // Two different 64-bit types: native and fixed of one sign mix, signs do not.
            return a.Signed == b.Signed ? (a.Signed ? Long : ULong) : null;
        }
        if (wide == NInt && other == UInt) return Long;
        if (!wide.Signed && other.Signed) return null;
        return wide;
    }
}

internal sealed record BoolType() : GType("bool", 1, 1)
{
    public static readonly BoolType Instance = new();
}

internal sealed record EnumType(string Name, IntType Underlying, string[] Members) : GType(Name, Underlying.Size, Underlying.Size);

/// <summary>A field, or an item of a tuple.</summary>
internal sealed record Field(string Name, GType Type);

internal sealed record StructType(string Name, Field[] Fields, int Size, int Alignment, bool Dense) : GType(Name, Size, Alignment)
{
    public override bool IsDense => Dense;

    /// <summary>Members that were written for it.</summary>
    public List<Member> Members { get; } = [];

    public static (int Size, int Alignment, bool Dense) Lay(IEnumerable<Field> fields)
    {
        int at = 0, most = 1;
        bool dense = true;
        foreach (Field field in fields)
        {
            int start = (at + field.Type.Alignment - 1) / field.Type.Alignment * field.Type.Alignment;
            dense &= start == at && field.Type.IsDense;
            at = start + field.Type.Size;
            most = Math.Max(most, field.Type.Alignment);
        }
        int size = (at + most - 1) / most * most;
        return (size, most, dense && size == at);
    }
}

/// <summary>A struct with <c>[InlineArray]</c>.</summary>
internal sealed record ArrayType(string Name, GType Element, int Length) : GType(Name, Element.Size * Length, Element.Alignment)
{
    public override bool IsDense => Element.IsDense;
}

internal sealed record TupleType(Field[] Items) : GType($"({string.Join(", ", Items.Select(static i => i.Type.Name))})", StructType.Lay(Items).Size, StructType.Lay(Items).Alignment)
{
    public override bool IsDense => false;
}

/// <summary>A number that may be absent.</summary>
internal sealed record NullableType(IntType Item) : GType(Item.Name + "?", Item.Size * 2, Item.Alignment)
{
    public override bool IsDense => false;
}

/// <summary><c>Span&lt;T&gt;</c> or <c>ReadOnlySpan&lt;T&gt;</c> of a length that is known to the generator at least.</summary>
internal sealed record SpanType(GType Element, int Length, bool IsReadOnly) : GType($"{(IsReadOnly ? "ReadOnly" : "")}Span<{Element.Name}>", 16, 8);

/// <summary>An operator, property, indexer, conversion or method of a struct.</summary>
internal sealed record Member(string Kind, string Name, GType Result, Parameter[] Parameters, int Work);

/// <summary>A parameter: <c>ref</c>, <c>in</c>, <c>out</c> or by value.</summary>
internal sealed record Parameter(string Mode, string Name, GType Type);

/// <summary>A static method or local function.</summary>
internal sealed record Method(string Name, GType? Result, Parameter[] Parameters, int Work, bool ChangesMaps, string TypeArguments = "");

/// <summary>A variable in scope. <see cref="Text"/> is how it is written.</summary>
internal sealed record Variable(string Text, GType Type, bool IsReadOnly);

/// <summary>C# text of an expression.</summary>
internal readonly record struct Expr(string Text, bool IsConstant = false)
{
    public override string ToString() => Text;
}
