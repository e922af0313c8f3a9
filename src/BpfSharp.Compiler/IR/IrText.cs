using BpfSharp.Objects.Btf;

namespace BpfSharp.Compiler.IR;

/// <summary>The words of IR text that printer and parser share.</summary>
internal static class IrText
{
    /// <summary>The regions' names, by <see cref="Region"/>; a pointer type is <c>ptr.</c> and the name, <c>ptr</c> where it is not known.</summary>
    internal static readonly string[] RegionNames =
        ["", "context", "stack", "packet", "packetend", "packetmeta", "mapvalue", "map", "data", "memory", "btf", "function", "arena", "socket", "tracepoint"];

    /// <summary>The accesses' names, by <see cref="Access"/>.</summary>
    internal static readonly string[] AccessNames = ["", "u8", "u16", "u32", "u64", "s8", "s16", "s32"];

    /// <summary>The inline hints' names, by <see cref="InlineHint"/>.</summary>
    internal static readonly string[] InlineNames = ["auto", "always", "never"];

    private static readonly Dictionary<string, IrType> s_types = MakeTypes();
    private static readonly Dictionary<string, Op> s_ops = MakeOps();
    private static readonly string[] s_pointerNames = RegionNames.Select(static n => n.Length == 0 ? "ptr" : "ptr." + n).ToArray();

    /// <summary>A type's name.</summary>
    internal static string Name(IrType type) => type.Kind switch
    {
        TypeKind.I32 => "i32",
        TypeKind.I64 => "i64",
        TypeKind.Pointer => s_pointerNames[(int)type.Region],
        _ => "void",
    };

    /// <summary>The type with a name.</summary>
    internal static bool TryParseType(string name, out IrType type) => s_types.TryGetValue(name, out type);

    /// <summary>The operation with a name.</summary>
    internal static bool TryParseOp(string name, out Op op) => s_ops.TryGetValue(name, out op);

    /// <summary>Whether a symbol is written without quotes.</summary>
    internal static bool IsPlainSymbol(string symbol)
    {
        foreach (char c in symbol)
        {
            if (!IsWordCharacter(c)) return false;
        }
        return symbol.Length > 0;
    }

    /// <summary>Whether a character belongs to a word.</summary>
    internal static bool IsWordCharacter(char c) =>
        c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '_' or '.' or '-' or '/' or '$';

    /// <summary>The word that a BTF kind is written with.</summary>
    internal static string Word(BtfType type) => type switch
    {
        BtfInt => "int",
        BtfPointer => "pointer",
        BtfArray => "array",
        BtfStruct { IsUnion: false } => "struct",
        BtfStruct => "union",
        BtfEnum => "enum",
        BtfForward => "forward",
        BtfTypedef => "typedef",
        BtfQualified => "qualified",
        BtfFunction => "function",
        BtfPrototype => "prototype",
        BtfVariable => "variable",
        BtfDataSection => "section",
        BtfFloat => "float",
        BtfDeclarationTag => "tag",
        BtfTypeTag => "typetag",
        _ => throw new ArgumentException("Not a BTF kind of IR text: " + type.GetType().Name, nameof(type)),
    };

    private static Dictionary<string, IrType> MakeTypes()
    {
        Dictionary<string, IrType> types = new() { ["void"] = IrType.Void, ["i32"] = IrType.I32, ["i64"] = IrType.I64, ["ptr"] = IrType.Pointer() };
        for (int i = 1; i < RegionNames.Length; i++) types["ptr." + RegionNames[i]] = IrType.Pointer((Region)i);
        return types;
    }

    private static Dictionary<string, Op> MakeOps()
    {
        Dictionary<string, Op> ops = [];
        for (int i = 0; i < OpTable.Count; i++) ops[((Op)i).Name()] = (Op)i;
        return ops;
    }
}
