using BpfSharp.Objects.Instructions;

namespace BpfSharp.Objects.Reading;

/// <summary>A function while its parts are being collected.</summary>
internal sealed class FunctionDraft(string name, string section, int start, bool isGlobal, Instruction[] code)
{
    public string Name { get; } = name;

    public string Section { get; } = section;

    /// <summary>Bytes from the section's start.</summary>
    public int Start { get; } = start;

    /// <summary>Where it ends, in bytes from the section's start.</summary>
    public int End => Start + (Code.Length * Instruction.Size);

    public bool IsGlobal { get; } = isGlobal;

    public Instruction[] Code { get; } = code;

    public SortedDictionary<int, RelocationSpec> Relocations { get; } = [];

    public List<CoreRelocationSpec> CoreRelocations { get; } = [];

    public List<LineSpec> Lines { get; } = [];

    public int BtfTypeId { get; set; }

    public FunctionSpec ToSpec(Func<int, int> mapId) => new()
    {
        Name = Name,
        Section = Section,
        IsGlobal = IsGlobal,
        Instructions = [.. Code],
        Relocations = [.. Relocations.Values],
        CoreRelocations = [.. CoreRelocations.OrderBy(static r => r.Index).Select(r => r with { TypeId = mapId(r.TypeId) })],
        Lines = [.. Lines.OrderBy(static l => l.Index)],
        BtfTypeId = mapId(BtfTypeId),
    };
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
