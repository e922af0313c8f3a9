namespace BpfSharp.Loading;

/// <summary>What a load made, until an object takes it over.</summary>
internal sealed class LoadedParts
{
    /// <summary>The maps of <c>.maps</c>, by name.</summary>
    public Dictionary<string, BpfMap> Maps { get; } = new(StringComparer.Ordinal);

    /// <summary>The data sections, by name.</summary>
    public Dictionary<string, DataSectionMap> Sections { get; } = new(StringComparer.Ordinal);

    /// <summary>The arena to which relocations refer, null if there is none.</summary>
    public BpfMap? Arena { get; set; }

    /// <summary>The tables of functions.</summary>
    public List<StructOpsTable> Tables { get; } = [];

    /// <summary>The programs, by name.</summary>
    public Dictionary<string, BpfProgram> Programs { get; } = new(StringComparer.Ordinal);

    /// <summary>Maps that belong to the caller and are not closed.</summary>
    public List<BpfMap> Borrowed { get; } = [];

    /// <summary>Why optional programs were not loaded.</summary>
    public Dictionary<string, BpfException> Failures { get; } = new(StringComparer.Ordinal);

    /// <summary>Closes everything, after a failure.</summary>
    public void Close() => Close(Programs, Sections, Maps, Borrowed);

    /// <summary>Closes programs first, so that no map is closed under one.</summary>
    public static void Close(
        Dictionary<string, BpfProgram> programs, Dictionary<string, DataSectionMap> sections, Dictionary<string, BpfMap> maps,
        IReadOnlyList<BpfMap> borrowed)
    {
        foreach (BpfProgram program in programs.Values) program.Dispose();
        foreach (DataSectionMap section in sections.Values) section.Dispose();
        foreach (BpfMap map in maps.Values)
            if (!borrowed.Contains(map)) map.Dispose();
    }
}
