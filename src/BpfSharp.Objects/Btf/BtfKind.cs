namespace BpfSharp.Objects.Btf;

/// <summary>The kernel's <c>BTF_KIND_*</c>, as they stand in the format.</summary>
internal static class BtfKind
{
    public const int Int = 1;
    public const int Pointer = 2;
    public const int Array = 3;
    public const int Struct = 4;
    public const int Union = 5;
    public const int Enum = 6;
    public const int Forward = 7;
    public const int Typedef = 8;
    public const int Volatile = 9;
    public const int Const = 10;
    public const int Restrict = 11;
    public const int Function = 12;
    public const int Prototype = 13;
    public const int Variable = 14;
    public const int DataSection = 15;
    public const int Float = 16;
    public const int DeclarationTag = 17;
    public const int TypeTag = 18;
    public const int Enum64 = 19;
}

/// <summary>The format's header (<c>struct btf_header</c>).</summary>
internal static class BtfHeader
{
    public const ushort Magic = 0xeb9f;
    public const byte Version = 1;
    public const int Size = 24;

    /// <summary>Bytes of <c>struct btf_ext_header</c> with the CO-RE fields.</summary>
    public const int ExtSize = 32;
}
