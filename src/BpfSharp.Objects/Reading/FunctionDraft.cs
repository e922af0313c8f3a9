using System.Collections.Immutable;
using System.Runtime.InteropServices;
using BpfSharp.Objects.Instructions;

namespace BpfSharp.Objects.Reading;

/// <summary>A function while its parts are being collected.</summary>
internal sealed class FunctionDraft(string name, string section, int start, bool isGlobal, Instruction[] code)
{
    private readonly Dictionary<int, RelocationSpec> _relocations = [];
    private List<LineSpec>? _lines;

    public string Name { get; } = name;

    public string Section { get; } = section;

    /// <summary>Bytes from the section's start.</summary>
    public int Start { get; } = start;

    /// <summary>Where it ends, in bytes from the section's start.</summary>
    public int End => Start + (Code.Length * Instruction.Size);

    public bool IsGlobal { get; } = isGlobal;

    public Instruction[] Code { get; } = code;

    public List<CoreRelocationSpec> CoreRelocations { get; } = [];

    /// <summary>Lines; compilers write one for every second instruction or so.</summary>
    public List<LineSpec> Lines => _lines ??= new(Code.Length / 2);

    public int BtfTypeId { get; set; }

    /// <summary>Whether the instruction at an index has a relocation already.</summary>
    public bool HasRelocation(int index) => _relocations.ContainsKey(index);

    /// <summary>Adds an instruction's relocation; it has none yet.</summary>
    public void Add(RelocationSpec relocation) => _relocations.Add(relocation.Index, relocation);

    /// <summary>What was collected. <see cref="Code"/> belongs to it from now on.</summary>
    public FunctionSpec ToSpec(Func<int, int> mapId) => new()
    {
        Name = Name,
        Section = Section,
        IsGlobal = IsGlobal,
        Instructions = ImmutableCollectionsMarshal.AsImmutableArray(Code),
        Relocations = Sorted([.. _relocations.Values], static r => r.Index),
        CoreRelocations = Sorted([.. CoreRelocations.Select(r => r with { TypeId = mapId(r.TypeId) })], static r => r.Index),
        Lines = Sorted(_lines?.ToArray() ?? [], static l => l.Index),
        BtfTypeId = mapId(BtfTypeId),
    };

    /// <summary>The items ascending by index; those of one index stay in their order. Compilers write them so, and then nothing is sorted.</summary>
    private static ImmutableArray<T> Sorted<T>(T[] items, Func<T, int> index)
    {
        for (int i = 1; i < items.Length; i++)
        {
            if (index(items[i]) < index(items[i - 1]))
                return [.. items.OrderBy(index)];
        }
        return ImmutableCollectionsMarshal.AsImmutableArray(items);
    }
}

/// <summary>The functions of one section, ascending by place.</summary>
internal sealed class CodeDraft(string name, List<FunctionDraft> functions)
{
    public string Name { get; } = name;

    public List<FunctionDraft> Functions { get; } = functions;

    /// <summary>The function that an offset is in, null if there is none.</summary>
    public FunctionDraft? At(long offset)
    {
        int low = 0, high = Functions.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (offset < Functions[middle].Start)
                high = middle - 1;
            else if (offset >= Functions[middle].End)
                low = middle + 1;
            else
                return Functions[middle];
        }
        return null;
    }

    /// <summary>The function that starts at an offset, null if there is none.</summary>
    public FunctionDraft? StartingAt(long offset) => At(offset) is { } function && function.Start == offset ? function : null;
}
