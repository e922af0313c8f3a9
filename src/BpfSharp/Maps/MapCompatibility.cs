using BpfSharp.Objects;
using BpfSharp.Objects.Btf;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Maps;

/// <summary>Whether a map that exists can be used in the place of one that an object defines.</summary>
internal static class MapCompatibility
{
    /// <summary>Checks it.</summary>
    /// <param name="map">The map that exists.</param>
    /// <param name="settings">What is wanted.</param>
    /// <param name="types">The types of the object that wants it, null if it has none.</param>
    /// <param name="what">How messages call the map.</param>
    /// <exception cref="BpfException">It cannot; the message says every difference.</exception>
    public static void Check(BpfMap map, BpfMapSettings settings, BtfTypes? types, string what)
    {
        MapSpec spec = settings.Spec;
        uint maxEntries = MapSizes.Normalise(spec.Type, settings.MaxEntries);
        // The kernel adds read-only for programs to dev maps by itself.
        uint ignored = spec.Type is MapType.DevMap or MapType.DevMapHash ? BpfMapFlags.ReadOnlyForPrograms : 0;
        List<string> differences = [];
        if (map.Type != spec.Type) differences.Add($"its type is {map.Type}, not {spec.Type}");
        if (map.KeySize != spec.KeySize) differences.Add($"its keys have {map.KeySize} bytes, not {spec.KeySize}");
        if (map.ValueSize != spec.ValueSize) differences.Add($"its values have {map.ValueSize} bytes, not {spec.ValueSize}");
        if (map.MaxEntries != maxEntries) differences.Add($"its capacity is {map.MaxEntries}, not {maxEntries}");
        if (((map.Flags ^ settings.Flags) & ~(ignored | BpfMapFlags.NumaNode)) != 0) differences.Add($"its flags are 0x{map.Flags:x}, not 0x{settings.Flags:x}");
        // Layouts only matter where the sizes are right.
        if (differences.Count == 0 && types is not null) CompareTypes(map, spec, types, differences);
        if (differences.Count > 0)
            throw new BpfException($"cannot use {what} as map '{spec.Name}': {string.Join(", ", differences)}; remove the old map, or give this one another pin path");
    }

    private static void CompareTypes(BpfMap map, MapSpec spec, BtfTypes types, List<string> differences)
    {
        BpfMapInfo info = map.Info;
        if (info.BtfId == 0 || spec.ValueTypeId == 0 || MapTypesOfKernel.Read(info.BtfId) is not { } existing) return;
        TypeComparison comparison = new(existing, types);
        if (comparison.Difference((int)info.KeyTypeId, spec.KeyTypeId, "key") is { } key) differences.Add(key);
        if (comparison.Difference((int)info.ValueTypeId, spec.ValueTypeId, "value") is { } value) differences.Add(value);
    }
}
