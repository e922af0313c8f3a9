using BpfSharp.Compiler.IR;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Compiler;

/// <summary>
/// Whether some reference is into an arena on one way and elsewhere on another: the verifier makes an instruction that accesses an arena one that does nothing else.
/// </summary>
internal static class ArenaRequirements
{
    /// <summary>Adds a diagnostic for each variable and each argument of a function that is not inlined.</summary>
    public static void Check(Module module, ICollection<CompilerDiagnostic> diagnostics)
    {
        if (!module.Maps.Exists(static m => m.Type == MapType.Arena)) return;
        Dictionary<(string Function, long Index), HashSet<Region>> parameters = ParameterRegions(module);
        foreach (Function function in module.Functions)
        {
            foreach (Value value in function.Blocks.SelectMany(static b => b.Values))
            {
                // An argument counts where it makes the difference: the function itself may be right for each.
                string? name = value.Op == Op.Phi && IsMixed(Regions(value, parameters)) ? value.Name is null ? "The reference" : $"'{value.Name}'"
                    : value.Op == Op.CallFunction && Enumerable.Range(0, value.Arguments.Count).Any(i => IsMixedArgument(value, i, parameters)) ? $"An argument of '{value.Symbol}'"
                    : null;
                if (name is null) continue;
                int place = value.DebugId != 0 ? value.DebugId : value.Block?.Values.Find(static v => v.DebugId != 0)?.DebugId ?? function.DebugId;
                diagnostics.Add(new CompilerDiagnostic("BPF0525", place, [name]));
                return;
            }
        }
    }

    private static bool IsMixed(HashSet<Region> regions) => regions.Count > 1 && regions.Contains(Region.Arena);

    private static bool IsMixedArgument(Value call, int index, Dictionary<(string Function, long Index), HashSet<Region>> parameters) =>
        parameters.TryGetValue((call.Symbol!, index), out HashSet<Region>? all) && IsMixed(all) && !Regions(call.Arguments[index], parameters).Contains(Region.Arena);

    /// <summary>What the pointers point into that a function gets: its callers' parameters count, so it is repeated until nothing is new.</summary>
    private static Dictionary<(string Function, long Index), HashSet<Region>> ParameterRegions(Module module)
    {
        Dictionary<(string Function, long Index), HashSet<Region>> result = [];
        bool isNew = true;
        while (isNew)
        {
            isNew = false;
            foreach (Value call in module.Functions.SelectMany(static f => f.Blocks).SelectMany(static b => b.Values).Where(static v => v.Op == Op.CallFunction))
            {
                for (int i = 0; i < call.Arguments.Count; i++)
                {
                    if (!call.Arguments[i].Type.IsPointer) continue;
                    if (!result.TryGetValue((call.Symbol!, i), out HashSet<Region>? regions)) result.Add((call.Symbol!, i), regions = []);
                    int before = regions.Count;
                    regions.UnionWith(Regions(call.Arguments[i], result));
                    isNew |= regions.Count > before;
                }
            }
        }
        return result;
    }

    private static HashSet<Region> Regions(Value pointer, Dictionary<(string Function, long Index), HashSet<Region>> parameters)
    {
        HashSet<Region> regions = [];
        HashSet<Value> seen = [];
        Stack<Value> open = new([pointer]);
        while (open.Count > 0)
        {
            Value value = open.Pop();
            // Null is of every region.
            if (!value.Type.IsPointer || value.Op == Op.Const || !seen.Add(value)) continue;
            if (value.Type.Region != Region.Unknown) regions.Add(value.Type.Region);
            else if (value.Op == Op.Phi) value.Arguments.ForEach(open.Push);
            else if (value.Op is Op.PtrAdd or Op.Opaque) open.Push(value.Arguments[0]);
            else if (value.Op == Op.Parameter && parameters.TryGetValue((value.Block!.Function.Name, value.Immediate), out HashSet<Region>? passed)) regions.UnionWith(passed);
        }
        return regions;
    }
}
