namespace BpfSharp.Loading.Core;

/// <summary>One type where it stands in BTF (<c>struct btf_type</c> and what follows it). <see cref="RawBtf"/> has checked that it is whole.</summary>
internal readonly unsafe struct RawType(uint* record)
{
    public const int Int = 1, Pointer = 2, Array = 3, Struct = 4, Union = 5, Enum = 6, Forward = 7, Typedef = 8, Volatile = 9, Const = 10, Restrict = 11,
        Function = 12, Prototype = 13, Variable = 14, DataSection = 15, Float = 16, DeclarationTag = 17, TypeTag = 18, Enum64 = 19;

    private const uint BitFieldMask = 0xffffff;

    // void: kind 0 with nothing in it.
    public bool IsVoid => record == null;

    public uint NameOffset => record == null ? 0 : record[0];

    public int Kind => record == null ? 0 : (int)(record[1] >> 24) & 0x1f;

    /// <summary>Members, values or parameters.</summary>
    public int Count => record == null ? 0 : (int)(record[1] & 0xffff);

    /// <summary>The kind's own flag: bit fields in a struct, signed values in an enum, a union in a forward declaration.</summary>
    public bool Flag => record != null && (int)record[1] < 0;

    /// <summary>Bytes, for the kinds with a size.</summary>
    public uint Size => record[2];

    /// <summary>What it refers to, for the kinds that refer to one type.</summary>
    public uint TypeId => record[2];

    public bool IsComposite => Kind is Struct or Union;

    public bool IsEnum => Kind is Enum or Enum64;

    public bool IsModifier => Kind is Volatile or Const or Restrict or TypeTag or Typedef;

    /// <summary>The encoding of an integer (<c>BTF_INT_*</c>).</summary>
    public uint IntEncoding => (record[3] >> 24) & 0xf;

    public uint IntOffset => (record[3] >> 16) & 0xff;

    public uint ElementTypeId => record[3];

    public uint ElementCount => record[5];

    public uint MemberName(int index) => record[3 + (3 * index)];

    public uint MemberType(int index) => record[4 + (3 * index)];

    public uint MemberBitOffset(int index) => Flag ? record[5 + (3 * index)] & BitFieldMask : record[5 + (3 * index)];

    public uint MemberBitSize(int index) => Flag ? record[5 + (3 * index)] >> 24 : 0;

    public uint ValueName(int index) => record[3 + (ValueWords * index)];

    /// <summary>An enum's value; one of 32 bits is extended with its sign, as libbpf does for unsigned enums too.</summary>
    public ulong Value(int index) => Kind == Enum
        ? (ulong)(int)record[4 + (2 * index)]
        : record[4 + (3 * index)] | ((ulong)record[5 + (3 * index)] << 32);

    public uint ParameterName(int index) => record[3 + (2 * index)];

    public uint ParameterType(int index) => record[4 + (2 * index)];

    /// <summary>A variable's linkage.</summary>
    public uint Linkage => record[3];

    private int ValueWords => Kind == Enum ? 2 : 3;

    /// <summary>Whether two kinds can stand for each other: equal, or both enums.</summary>
    public static bool KindsAreCompatible(RawType a, RawType b) => a.Kind == b.Kind || (a.IsEnum && b.IsEnum);

    /// <summary>The C keyword or a word for the kind, for messages.</summary>
    public string KindName => Kind switch
    {
        0 => "void",
        Int or Float or Typedef => "type",
        Struct => "struct",
        Union => "union",
        Enum or Enum64 => "enum",
        Forward => Flag ? "union" : "struct",
        Pointer => "pointer",
        Array => "array",
        Function => "function",
        Prototype => "function type",
        _ => "type",
    };
}
