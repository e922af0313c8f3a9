using System.Collections.Immutable;
using BpfSharp.Objects;
using BpfSharp.Objects.Btf;

namespace BpfSharp.Compiler.IR;

/// <summary>What becomes one object: the programs, functions, maps and globals of one <c>[BpfObject]</c> class.</summary>
public sealed class Module
{
    /// <summary>The licence string, e.g. <c>GPL</c>.</summary>
    public string License { get; set; } = "";

    /// <summary>The BTF types that maps, globals and functions refer to by id; the first has id 1.</summary>
    public List<BtfType> Types { get; } = [];

    /// <summary>The oldest kernel that must take these programs, if they say so themselves; null where the options say it.</summary>
    public (int Major, int Minor)? MinimumKernel { get; set; }

    /// <summary>The maps in declaration order.</summary>
    public List<MapSpec> Maps { get; } = [];

    /// <summary>Where maps are declared, by name.</summary>
    public Dictionary<string, int> MapDebugIds { get; } = new(StringComparer.Ordinal);

    /// <summary>The globals in declaration order.</summary>
    public List<Global> Globals { get; } = [];

    /// <summary>Programs and functions in the order in which they were met.</summary>
    public List<Function> Functions { get; } = [];

    /// <summary>The function with a name, null if there is none.</summary>
    public Function? FindFunction(string name) => Functions.Find(f => f.Name == name);
}

/// <summary>A static field in kernel memory.</summary>
/// <param name="Name">The symbol's name.</param>
/// <param name="Section"><c>.bss</c>, <c>.data</c> or <c>.rodata</c>.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Alignment">Bytes: 1, 2, 4 or 8.</param>
/// <param name="TypeId">Its type's BTF id.</param>
/// <param name="Initial">The initial content, empty for zeros.</param>
public sealed record Global(string Name, string Section, int Size, int Alignment, int TypeId, ImmutableArray<byte> Initial)
{
    /// <summary>Whether programs only read it; user space may set it before the load.</summary>
    public bool IsReadOnly => Section.StartsWith(".rodata", StringComparison.Ordinal);
}
