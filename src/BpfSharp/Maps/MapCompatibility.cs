using BpfSharp.Objects;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Maps;

/// <summary>Whether a map that exists can be used in the place of one that an object defines.</summary>
internal static class MapCompatibility
{
    /// <summary>Checks it.</summary>
    /// <exception cref="BpfException">It cannot; the message says every difference.</exception>
    public static void Check(BpfMap map, BpfMapSettings settings, string what)
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
        if (differences.Count > 0)
            throw new BpfException($"cannot use {what} as map '{spec.Name}': {string.Join(", ", differences)}; remove the old map, or give this one another pin path");
    }
}
