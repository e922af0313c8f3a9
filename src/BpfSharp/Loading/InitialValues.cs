using BpfSharp.Errors;
using BpfSharp.Objects;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp.Loading;

/// <summary>Fills maps of maps and tail-call tables with what the object names for them.</summary>
internal static unsafe class InitialValues
{
    /// <summary>Sets all initial values.</summary>
    public static void Set(ObjectSpec spec, LoadedParts parts)
    {
        foreach (MapSpec map in spec.Maps)
        {
            for (int i = 0; i < map.Values.Length; i++)
            {
                if (map.Values[i].Length == 0) continue;
                int key = i, value = Descriptor(map, map.Values[i], parts);
                BpfError.Check(BpfSyscall.MapUpdate(parts.Maps[map.Name].Fd, &key, &value, 0), $"put '{map.Values[i]}' into map '{map.Name}'");
            }
        }
    }

    private static int Descriptor(MapSpec map, string symbol, LoadedParts parts)
    {
        if (map.Type != MapType.ProgramArray) return parts.Maps.TryGetValue(symbol, out BpfMap? inner) ? inner.Fd : throw Missing(map, symbol);
        return parts.Programs.TryGetValue(symbol, out BpfProgram? program) ? program.Fd : throw Missing(map, symbol);
    }

    private static BpfException Missing(MapSpec map, string symbol) =>
        new($"cannot put '{symbol}' into map '{map.Name}': the object has no such program or map, or it was not loaded");
}
