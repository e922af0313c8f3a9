namespace BpfSharp.Compiler.IR;

/// <summary>What a value is: nothing, a 32-bit or 64-bit integer, or a pointer.</summary>
public enum TypeKind : byte
{
    /// <summary>No value.</summary>
    Void,

    /// <summary>A 32-bit integer. Narrower C# types are kept in it zero- or sign-extended to 32 bits, <c>bool</c> as 0 or 1.</summary>
    I32,

    /// <summary>A 64-bit integer.</summary>
    I64,

    /// <summary>A pointer into a <see cref="Region"/>; null is the constant 0 of a pointer type.</summary>
    Pointer,
}

/// <summary>What a pointer points into: the verifier has different rules for each, and two regions never overlap.</summary>
public enum Region : byte
{
    /// <summary>Not a pointer, or not known (a variable that holds pointers of several kinds, a parameter of a function).</summary>
    Unknown,

    /// <summary>The program's context: only loads (and a few stores) at constant offsets from the unmodified pointer.</summary>
    Context,

    /// <summary>The stack frame.</summary>
    Stack,

    /// <summary>Packet data; valid up to what was compared with <see cref="PacketEnd"/>.</summary>
    Packet,

    /// <summary>The end of the packet: only compared and subtracted.</summary>
    PacketEnd,

    /// <summary>Packet metadata in front of the packet.</summary>
    PacketMeta,

    /// <summary>A value of a map.</summary>
    MapValue,

    /// <summary>A map itself, as helpers take it.</summary>
    Map,

    /// <summary>A data section (<c>.data</c>, <c>.bss</c>, <c>.rodata</c>).</summary>
    Data,

    /// <summary>Memory with a size that a helper returned (a ring-buffer reservation, a dynptr slice).</summary>
    Memory,

    /// <summary>A kernel object that the verifier knows by BTF.</summary>
    Btf,

    /// <summary>A function, for callbacks.</summary>
    Function,

    /// <summary>An arena: memory that helpers do not take, and whose addresses may be any number.</summary>
    Arena,

    /// <summary>A socket of a context, of which helpers know more than programs.</summary>
    Socket,

    /// <summary>What a writable tracepoint lets programs change: its first argument's target.</summary>
    Tracepoint,
}

/// <summary>The type of a value.</summary>
/// <param name="Kind">Integer width or pointer.</param>
/// <param name="Region">What a pointer points into; <see cref="Region.Unknown"/> for the other kinds.</param>
public readonly record struct IrType(TypeKind Kind, Region Region = Region.Unknown)
{
    /// <summary>No value.</summary>
    public static IrType Void => new(TypeKind.Void);

    /// <summary>A 32-bit integer.</summary>
    public static IrType I32 => new(TypeKind.I32);

    /// <summary>A 64-bit integer.</summary>
    public static IrType I64 => new(TypeKind.I64);

    /// <summary>A pointer into <paramref name="region"/>.</summary>
    public static IrType Pointer(Region region = Region.Unknown) => new(TypeKind.Pointer, region);

    /// <summary>Whether it is a pointer.</summary>
    public bool IsPointer => Kind == TypeKind.Pointer;

    /// <summary>Whether it is a 32-bit integer.</summary>
    public bool IsI32 => Kind == TypeKind.I32;
}

/// <summary>Width and extension of a memory access.</summary>
public enum Access : byte
{
    /// <summary>Not a memory access.</summary>
    None,
    /// <summary>One byte, zero-extended.</summary>
    U8,
    /// <summary>Two bytes, zero-extended.</summary>
    U16,
    /// <summary>Four bytes, zero-extended.</summary>
    U32,
    /// <summary>Eight bytes.</summary>
    U64,
    /// <summary>One byte, sign-extended to the result's width.</summary>
    S8,
    /// <summary>Two bytes, sign-extended to the result's width.</summary>
    S16,
    /// <summary>Four bytes, sign-extended to 64 bits.</summary>
    S32,
}

/// <summary>Facts about <see cref="Access"/>.</summary>
public static class AccessExtensions
{
    /// <summary>Bytes of an access.</summary>
    public static int Size(this Access access) => access switch
    {
        Access.U8 or Access.S8 => 1,
        Access.U16 or Access.S16 => 2,
        Access.U32 or Access.S32 => 4,
        Access.U64 => 8,
        _ => 0,
    };

    /// <summary>Whether the access sign-extends.</summary>
    public static bool IsSigned(this Access access) => access >= Access.S8;

    /// <summary>The access of <paramref name="size"/> bytes.</summary>
    public static Access OfSize(int size, bool signed = false) => (size, signed) switch
    {
        (1, false) => Access.U8,
        (2, false) => Access.U16,
        (4, false) => Access.U32,
        (8, _) => Access.U64,
        (1, true) => Access.S8,
        (2, true) => Access.S16,
        (4, true) => Access.S32,
        _ => throw new ArgumentOutOfRangeException(nameof(size), size, "An access has 1, 2, 4 or 8 bytes."),
    };
}
