using System.Collections.Immutable;
using BpfSharp.Objects.Binary;
using BpfSharp.Objects.Btf;
using BpfSharp.Objects.Instructions;

namespace BpfSharp.Objects;

/// <summary>
/// One eBPF object: what a standard <c>.bpf.o</c> file holds, as data. The compiler makes it and writes it as ELF; the loader
/// reads it back from ELF. It knows nothing of a running kernel: the same bytes give the same specification on any machine.
/// </summary>
public sealed record ObjectSpec
{
    /// <summary>The <c>license</c> section's string; empty if the object has none.</summary>
    public string License { get; init; } = "";

    /// <summary>The <c>version</c> section's kernel version code (<c>LINUX_VERSION_CODE</c>), 0 if the object has none.</summary>
    public uint KernelVersion { get; init; }

    /// <summary>
    /// All functions: programs (in a section of their own kind) and subprograms (in <c>.text</c>), in file order: <c>.text</c> first, then
    /// the functions of one section after those of another.
    /// </summary>
    public ImmutableArray<FunctionSpec> Functions { get; init; } = [];

    /// <summary>The maps of the <c>.maps</c> section, in file order.</summary>
    public ImmutableArray<MapSpec> Maps { get; init; } = [];

    /// <summary>The data sections (<c>.data*</c>, <c>.bss*</c>, <c>.rodata*</c>), each of which becomes an array map.</summary>
    public ImmutableArray<DataSectionSpec> DataSections { get; init; } = [];

    /// <summary>Externs that a kernel may lack (<c>__weak</c>): a relocation against them gets 0 there. Ascending by name.</summary>
    public ImmutableArray<string> WeakExterns { get; init; } = [];

    /// <summary>
    /// The types of <c>.BTF</c> without those that only describe <c>.maps</c>, <c>license</c> and <c>version</c> (the writer adds them, the
    /// reader takes them away); null if there are none.
    /// </summary>
    public BtfTypes? Btf { get; init; }

    /// <summary>Whether both describe the same object.</summary>
    public bool Equals(ObjectSpec? other) =>
        other is not null && License == other.License && KernelVersion == other.KernelVersion
        && Sequences.Equal(Functions, other.Functions) && Sequences.Equal(Maps, other.Maps)
        && Sequences.Equal(DataSections, other.DataSections) && Sequences.Equal(WeakExterns, other.WeakExterns) && Equals(Btf, other.Btf);

    /// <inheritdoc/>
    public override int GetHashCode() => (License, Sequences.Length(Functions), Sequences.Length(Maps), Btf).GetHashCode();
}

/// <summary>A program or a subprogram.</summary>
public sealed record FunctionSpec
{
    /// <summary>The symbol's name, a C identifier.</summary>
    public required string Name { get; init; }

    /// <summary>The ELF section, e.g. <c>tracepoint/raw_syscalls/sys_enter</c>, or <c>.text</c> for a subprogram.</summary>
    public required string Section { get; init; }

    /// <summary>Whether the symbol is global (<c>STB_GLOBAL</c>); programs always are, static subprograms are not.</summary>
    public bool IsGlobal { get; init; } = true;

    /// <summary>The instructions; a 64-bit immediate load takes two.</summary>
    public ImmutableArray<Instruction> Instructions { get; init; } = [];

    /// <summary>Instructions whose immediate the loader fills in, ascending by index.</summary>
    public ImmutableArray<RelocationSpec> Relocations { get; init; } = [];

    /// <summary>CO-RE relocations, ascending by index.</summary>
    public ImmutableArray<CoreRelocationSpec> CoreRelocations { get; init; } = [];

    /// <summary>Source lines, ascending by index; the first is at index 0 where there are any.</summary>
    public ImmutableArray<LineSpec> Lines { get; init; } = [];

    /// <summary>The BTF id of the <c>BTF_KIND_FUNC</c>, 0 if there is none.</summary>
    public int BtfTypeId { get; init; }

    /// <summary>Whether both are the same function.</summary>
    public bool Equals(FunctionSpec? other) =>
        other is not null && Name == other.Name && Section == other.Section && IsGlobal == other.IsGlobal && BtfTypeId == other.BtfTypeId
        && Sequences.Equal(Instructions, other.Instructions) && Sequences.Equal(Relocations, other.Relocations)
        && Sequences.Equal(CoreRelocations, other.CoreRelocations) && Sequences.Equal(Lines, other.Lines);

    /// <inheritdoc/>
    public override int GetHashCode() => (Name, Section, Sequences.Length(Instructions)).GetHashCode();
}

/// <summary>What an instruction's immediate refers to.</summary>
public enum RelocationKind
{
    /// <summary><c>ld_imm64</c> of a map's file descriptor (<c>BPF_PSEUDO_MAP_FD</c>).</summary>
    Map,

    /// <summary><c>ld_imm64</c> of an address in a data section (<c>BPF_PSEUDO_MAP_VALUE</c>), <see cref="RelocationSpec.Addend"/> bytes in.</summary>
    Data,

    /// <summary>A call of a subprogram (<c>BPF_PSEUDO_CALL</c>).</summary>
    Call,

    /// <summary><c>ld_imm64</c> of a subprogram's address for a callback (<c>BPF_PSEUDO_FUNC</c>).</summary>
    Function,

    /// <summary>An <c>extern</c> of the running kernel: a kfunc call, a <c>__ksym</c> address or a <c>__kconfig</c> value.</summary>
    Extern,
}

/// <summary>
/// A relocation of one instruction. In a specification such an instruction is as clang leaves it: a <c>ld_imm64</c> has source register 0 and immediates 0,
/// a call has source register 1 (<c>BPF_PSEUDO_CALL</c>) and immediate -1. The reader gives and the writer makes this form; the loader fills
/// in the final one.
/// </summary>
/// <param name="Index">The instruction's index in its function.</param>
/// <param name="Kind">What <paramref name="Symbol"/> is.</param>
/// <param name="Symbol">The map's, data section's, function's or extern's name.</param>
/// <param name="Addend">Bytes into the data section; 0 for the other kinds.</param>
public readonly record struct RelocationSpec(int Index, RelocationKind Kind, string Symbol, int Addend);

/// <summary>A CO-RE relocation of one instruction (<c>struct bpf_core_relo</c>).</summary>
/// <param name="Index">The instruction's index in its function.</param>
/// <param name="TypeId">The local type's BTF id.</param>
/// <param name="Access">The access string, e.g. <c>0:1:2</c>.</param>
/// <param name="Kind">The kind of relocation (<c>enum bpf_core_relo_kind</c>).</param>
public readonly record struct CoreRelocationSpec(int Index, int TypeId, string Access, CoreRelocationKind Kind);

/// <summary>The kernel's <c>enum bpf_core_relo_kind</c>.</summary>
public enum CoreRelocationKind : uint
{
    /// <summary><c>BPF_CORE_FIELD_BYTE_OFFSET</c>.</summary>
    FieldByteOffset = 0,
    /// <summary><c>BPF_CORE_FIELD_BYTE_SIZE</c>.</summary>
    FieldByteSize = 1,
    /// <summary><c>BPF_CORE_FIELD_EXISTS</c>.</summary>
    FieldExists = 2,
    /// <summary><c>BPF_CORE_FIELD_SIGNED</c>.</summary>
    FieldSigned = 3,
    /// <summary><c>BPF_CORE_FIELD_LSHIFT_U64</c>.</summary>
    FieldLeftShift = 4,
    /// <summary><c>BPF_CORE_FIELD_RSHIFT_U64</c>.</summary>
    FieldRightShift = 5,
    /// <summary><c>BPF_CORE_TYPE_ID_LOCAL</c>.</summary>
    TypeIdLocal = 6,
    /// <summary><c>BPF_CORE_TYPE_ID_TARGET</c>.</summary>
    TypeIdTarget = 7,
    /// <summary><c>BPF_CORE_TYPE_EXISTS</c>.</summary>
    TypeExists = 8,
    /// <summary><c>BPF_CORE_TYPE_SIZE</c>.</summary>
    TypeSize = 9,
    /// <summary><c>BPF_CORE_ENUMVAL_EXISTS</c>.</summary>
    EnumValueExists = 10,
    /// <summary><c>BPF_CORE_ENUMVAL_VALUE</c>.</summary>
    EnumValue = 11,
    /// <summary><c>BPF_CORE_TYPE_MATCHES</c>.</summary>
    TypeMatches = 12,
}

/// <summary>The source position of the instructions from <paramref name="Index"/> on (<c>struct bpf_line_info</c>).</summary>
/// <param name="Index">The first instruction's index in its function.</param>
/// <param name="File">The source file's path.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Column">The column, from 1; at most 1023 are kept.</param>
/// <param name="Text">The line's text.</param>
public readonly record struct LineSpec(int Index, string File, int Line, int Column, string Text);

/// <summary>A map as the object defines it.</summary>
public sealed record MapSpec
{
    /// <summary>The symbol's name. The kernel keeps its first 15 characters.</summary>
    public required string Name { get; init; }

    /// <summary>The kernel's <c>enum bpf_map_type</c>.</summary>
    public required Kernel.MapType Type { get; init; }

    /// <summary>Bytes of a key; 0 where the type has none.</summary>
    public int KeySize { get; init; }

    /// <summary>Bytes of a value; 0 where the type has none.</summary>
    public int ValueSize { get; init; }

    /// <summary>The capacity, in entries (for ring buffers in bytes).</summary>
    public uint MaxEntries { get; init; }

    /// <summary><c>BPF_F_*</c> flags of <c>BPF_MAP_CREATE</c>.</summary>
    public uint Flags { get; init; }

    /// <summary>Type-dependent extra data (<c>map_extra</c>).</summary>
    public ulong Extra { get; init; }

    /// <summary>The key's BTF id, 0 if it has none.</summary>
    public int KeyTypeId { get; init; }

    /// <summary>The value's BTF id, 0 if it has none.</summary>
    public int ValueTypeId { get; init; }

    /// <summary>The NUMA node, if the definition names one.</summary>
    public int? NumaNode { get; init; }

    /// <summary>How the map is pinned (<c>LIBBPF_PIN_*</c>).</summary>
    public MapPinning Pinning { get; init; }

    /// <summary>The template of the inner maps of an array or hash of maps; its name is this one's and <c>.inner</c>.</summary>
    public MapSpec? Inner { get; init; }

    /// <summary>Initial values of a map of maps or a program array: the symbol's name at each index, "" where there is none.</summary>
    public ImmutableArray<string> Values { get; init; } = [];

    /// <summary>Whether both define the same map.</summary>
    public bool Equals(MapSpec? other) =>
        other is not null && Name == other.Name && Type == other.Type && KeySize == other.KeySize && ValueSize == other.ValueSize
        && MaxEntries == other.MaxEntries && Flags == other.Flags && Extra == other.Extra && KeyTypeId == other.KeyTypeId
        && ValueTypeId == other.ValueTypeId && NumaNode == other.NumaNode && Pinning == other.Pinning && Equals(Inner, other.Inner)
        && Sequences.Equal(Values, other.Values);

    /// <inheritdoc/>
    public override int GetHashCode() => (Name, Type, KeySize, ValueSize, MaxEntries).GetHashCode();
}

/// <summary>How a map is pinned when its object is loaded (<c>enum libbpf_pin_type</c>).</summary>
public enum MapPinning
{
    /// <summary>Not pinned (<c>LIBBPF_PIN_NONE</c>).</summary>
    None = 0,

    /// <summary>Pinned under its name, and reused from there (<c>LIBBPF_PIN_BY_NAME</c>).</summary>
    ByName = 1,
}

/// <summary>A data section, which becomes an array map with one value.</summary>
public sealed record DataSectionSpec
{
    /// <summary>The ELF section's name: <c>.data</c>, <c>.bss</c>, <c>.rodata</c> or one of those with a suffix, or <c>.struct_ops</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The content; zeros for <c>.bss</c>.</summary>
    public required ImmutableArray<byte> Content { get; init; }

    /// <summary>The variables in it, ascending by offset.</summary>
    public ImmutableArray<VariableSpec> Variables { get; init; } = [];

    /// <summary>The BTF id of the <c>BTF_KIND_DATASEC</c>, 0 if there is none.</summary>
    public int BtfTypeId { get; init; }

    /// <summary>Pointers in the content that the loader resolves, ascending by offset: the programs that a <c>.struct_ops</c> section names.</summary>
    public ImmutableArray<DataRelocationSpec> Relocations { get; init; } = [];

    /// <summary>Whether programs may only read it (<c>.rodata</c>).</summary>
    public bool IsReadOnly => Name.StartsWith(".rodata", StringComparison.Ordinal);

    /// <summary>Whether it takes no room in the file (<c>SHT_NOBITS</c>).</summary>
    public bool IsZeroInitialised => Name.StartsWith(".bss", StringComparison.Ordinal);

    /// <summary>Whether each variable is a <c>struct_ops</c> table (<c>.struct_ops</c>, <c>.struct_ops.link</c>), not data.</summary>
    public bool IsStructOps => Name is ".struct_ops" or ".struct_ops.link" or "?.struct_ops" or "?.struct_ops.link";

    /// <summary>Whether both are the same section.</summary>
    public bool Equals(DataSectionSpec? other) =>
        other is not null && Name == other.Name && BtfTypeId == other.BtfTypeId && Sequences.Equal(Content, other.Content)
        && Sequences.Equal(Variables, other.Variables) && Sequences.Equal(Relocations, other.Relocations);

    /// <inheritdoc/>
    public override int GetHashCode() => (Name, Sequences.Length(Content), BtfTypeId).GetHashCode();
}

/// <summary>A pointer in a data section.</summary>
/// <param name="Offset">Bytes from the section's start.</param>
/// <param name="Function">The name of the function it points to.</param>
public readonly record struct DataRelocationSpec(int Offset, string Function);

/// <summary>A variable in a data section.</summary>
/// <param name="Name">The symbol's name.</param>
/// <param name="Offset">Bytes from the section's start.</param>
/// <param name="Size">Bytes.</param>
public readonly record struct VariableSpec(string Name, int Offset, int Size);
