using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler;

/// <summary>
/// Whether timers are initialised with the map that they are in: the kernel stops the timers of a map that goes away, so the verifier compares the two.
/// </summary>
internal static class TimerRequirements
{
    private const int Lookup = 1, ForEach = 164, Init = 169;

    /// <summary>Adds a diagnostic for each timer that is known to be in another map.</summary>
    public static void Check(Module module, ICollection<CompilerDiagnostic> diagnostics)
    {
        Dictionary<string, string?> callbacks = CallbackMaps(module);
        HashSet<(int DebugId, string Map)> reported = [];
        foreach (Function function in module.Functions)
        {
            foreach (Value call in function.Blocks.SelectMany(static b => b.Values).Where(static v => Is(v, Init)))
            {
                if (call.Arguments[1].Op != Op.MapAddress) continue;
                string given = call.Arguments[1].Symbol!;
                foreach (string map in MapsOf(call.Arguments[0], function, callbacks))
                {
                    if (map != given && reported.Add((call.DebugId, map))) diagnostics.Add(new CompilerDiagnostic("BPF0516", call.DebugId, [map, given]));
                }
            }
        }
    }

    private static bool Is(Value value, int helper) => value.Op == Op.CallHelper && value.Immediate == helper;

    /// <summary>The maps whose values a function is called back for, null where there are several.</summary>
    private static Dictionary<string, string?> CallbackMaps(Module module)
    {
        Dictionary<string, string?> maps = new(StringComparer.Ordinal);
        foreach (Value call in module.Functions.SelectMany(static f => f.Blocks).SelectMany(static b => b.Values).Where(static v => Is(v, ForEach)))
        {
            if (call.Arguments[0].Op != Op.MapAddress || call.Arguments[1].Op != Op.FunctionAddress) continue;
            string body = call.Arguments[1].Symbol!, map = call.Arguments[0].Symbol!;
            maps[body] = maps.TryGetValue(body, out string? before) && before != map ? null : map;
        }
        return maps;
    }

    /// <summary>The maps that an address may be in the values of, as far as that is seen.</summary>
    private static HashSet<string> MapsOf(Value address, Function function, Dictionary<string, string?> callbacks)
    {
        HashSet<string> maps = new(StringComparer.Ordinal);
        HashSet<Value> seen = [];
        Stack<Value> work = new([address]);
        while (work.Count > 0)
        {
            Value value = work.Pop();
            if (!seen.Add(value)) continue;
            if (Is(value, Lookup) && value.Arguments[0].Op == Op.MapAddress) maps.Add(value.Arguments[0].Symbol!);
            else if (value.Op == Op.Parameter && value.Type.Region == Region.MapValue && callbacks.TryGetValue(function.Name, out string? map) && map is not null) maps.Add(map);
            else if (value.Op is Op.PtrAdd or Op.Opaque) work.Push(value.Arguments[0]);
            else if (value.Op == Op.Phi) value.Arguments.ForEach(work.Push);
        }
        return maps;
    }
}
