using BpfSharp.Objects.Btf;

namespace BpfSharp.Objects.Reading;

/// <summary>A map and where its definition stands in <c>.maps</c>.</summary>
internal sealed class MapDraft(MapSpec spec, int offset, int size, int valuesOffset)
{
    private readonly string[] _values = new string[Math.Max(0, (size - valuesOffset) / 8)];

    public string Name => spec.Name;

    public MapSpec Spec => spec;

    /// <summary>Bytes from the section's start.</summary>
    public int Offset => offset;

    /// <summary>Where it ends, in bytes from the section's start.</summary>
    public int End => offset + size;

    /// <summary>The ids of the key's and the value's types, also of the inner map's.</summary>
    public int[] TypeIds =>
        [spec.KeyTypeId, spec.ValueTypeId, spec.Inner?.KeyTypeId ?? 0, spec.Inner?.ValueTypeId ?? 0];

    /// <summary>Sets the initial value at an offset in the section.</summary>
    /// <returns>Whether there is an initial value.</returns>
    public bool SetValue(int at, string name)
    {
        int distance = at - offset - valuesOffset;
        if (distance < 0 || distance % 8 != 0 || distance / 8 >= _values.Length)
            return false;
        _values[distance / 8] = name;
        return true;
    }

    public MapSpec ToSpec(Func<int, int> mapId) => Renumber(spec, mapId) with { Values = [.. _values.Select(static v => v ?? "")] };

    private static MapSpec Renumber(MapSpec map, Func<int, int> mapId) => map with
    {
        KeyTypeId = mapId(map.KeyTypeId),
        ValueTypeId = mapId(map.ValueTypeId),
        Inner = map.Inner is null ? null : Renumber(map.Inner, mapId),
    };
}

/// <summary>All maps, ascending by place.</summary>
internal sealed class MapTable(List<MapDraft> maps)
{
    private readonly Dictionary<int, MapDraft> _byOffset = maps.ToDictionary(static m => m.Offset);

    public List<MapDraft> Maps => maps;

    /// <summary>The map whose definition starts at an offset.</summary>
    public MapDraft? At(long offset) => offset <= int.MaxValue && _byOffset.TryGetValue((int)offset, out MapDraft? map) ? map : null;

    /// <summary>The map whose definition an offset is in.</summary>
    public MapDraft? Containing(long offset)
    {
        int low = 0, high = maps.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (offset < maps[middle].Offset)
                high = middle - 1;
            else if (offset >= maps[middle].End)
                low = middle + 1;
            else
                return maps[middle];
        }
        return null;
    }
}
