namespace BpfSharp.Objects.Kernel;

/// <summary>The table of all helpers.</summary>
public static class Helpers
{
    private static readonly Dictionary<string, Helper> ByName = HelperTable.All.ToDictionary(static h => h.Name, StringComparer.Ordinal);

    /// <summary>All helpers, ascending by id; the first has id 1.</summary>
    public static IReadOnlyList<Helper> All => HelperTable.All;

    /// <summary>The helper with an id, null if there is none.</summary>
    public static Helper? Find(int id) => id > 0 && id <= HelperTable.All.Length ? HelperTable.All[id - 1] : null;

    /// <summary>The helper with the kernel's name (<c>bpf_map_lookup_elem</c>), null if there is none.</summary>
    public static Helper? Find(string name) => ByName.TryGetValue(name, out Helper? helper) ? helper : null;
}
