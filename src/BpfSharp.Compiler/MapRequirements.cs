using System.Collections.Immutable;
using BpfSharp.Compiler.IR;
using BpfSharp.Objects;
using BpfSharp.Objects.Btf;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Compiler;

/// <summary>Whether each program may use its maps: a lock or a timer in a map's values keeps some kinds of program away from the map.</summary>
internal static class MapRequirements
{
    /// <summary>Adds a diagnostic for each map that some kernel would refuse a program.</summary>
    public static void Check(Module module, CompilerOptions options, ICollection<CompilerDiagnostic> diagnostics)
    {
        Dictionary<string, ImmutableArray<MapField>> fields = module.Maps.ToDictionary(static m => m.Name, m => FieldsOf(m, module.Types), StringComparer.Ordinal);
        if (fields.Values.All(static f => f.Length == 0)) return;
        KernelVersion minimum = new(options.MinimumKernel.Major, options.MinimumKernel.Minor);
        HashSet<(string Map, string Hook)> reported = [];
        foreach (Function program in module.Functions)
        {
            if (!program.IsProgram || Hooks.FromSection(program.Section)?.Hook is not { } hook) continue;
            foreach (Value use in Reach.Values(module, program).Where(static v => v.Op == Op.MapAddress))
            {
                if (!fields.TryGetValue(use.Symbol!, out ImmutableArray<MapField> held)) continue;
                foreach (MapField field in held)
                {
                    if (Violation(field, hook, minimum) is { } reason && reported.Add((use.Symbol!, hook.Prefix)))
                        diagnostics.Add(new CompilerDiagnostic("BPF0511", use.DebugId, [use.Symbol!, field.TypeName, hook.Prefix, reason]));
                }
            }
        }
    }

    private static string? Violation(MapField field, Hook hook, KernelVersion minimum)
    {
        if (field.SinceFor(hook.ProgramType, hook.IsSleepable) is not { } since) return "";
        // A hook that is newer than the oldest kernel runs on the kernels that have it.
        return since > minimum && since > hook.Since ? $" before Linux {since}, and BpfMinimumKernel is {minimum}" : null;
    }

    private static ImmutableArray<MapField> FieldsOf(MapSpec map, List<BtfType> types)
    {
        if (map.ValueTypeId <= 0 || types[map.ValueTypeId - 1] is not BtfStruct value) return [];
        return [.. MapFields.All.Where(field => value.Members.Any(m => m.TypeId > 0 && types[m.TypeId - 1].Name == field.TypeName))];
    }
}
