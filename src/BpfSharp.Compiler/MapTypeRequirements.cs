using BpfSharp.Compiler.IR;
using BpfSharp.Objects;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Compiler;

/// <summary>Whether the oldest kernel has the types of all maps. An object loads whole or not at all, so a map counts that no program uses.</summary>
internal static class MapTypeRequirements
{
    /// <summary>Adds a diagnostic for each map that some kernel would refuse.</summary>
    public static void Check(Module module, CompilerOptions options, ICollection<CompilerDiagnostic> diagnostics)
    {
        KernelVersion minimum = new(options.MinimumKernel.Major, options.MinimumKernel.Minor);
        foreach (MapSpec map in module.Maps)
        {
            KernelVersion since = MapTypes.Since(map.Type);
            if (since <= minimum) continue;
            module.MapDebugIds.TryGetValue(map.Name, out int place);
            diagnostics.Add(new CompilerDiagnostic("BPF0520", place, [map.Name, map.Type.ToString(), since.ToString(), minimum.ToString()]));
        }
    }

    /// <summary>Adds a diagnostic for each use of a map in a program that may sleep, where some kernel forbids it.</summary>
    public static void CheckSleepable(Module module, CompilerOptions options, ICollection<CompilerDiagnostic> diagnostics)
    {
        KernelVersion minimum = new(options.MinimumKernel.Major, options.MinimumKernel.Minor);
        HashSet<(string Map, int DebugId)> reported = [];
        foreach (Function program in module.Functions)
        {
            if (!program.IsProgram || Hooks.FromSection(program.Section)?.Hook is not { IsSleepable: true } hook) continue;
            foreach (Value use in Reach.Values(module, program).Where(static v => v.Op == Op.MapAddress))
            {
                if (module.Maps.Find(m => m.Name == use.Symbol) is not { } map) continue;
                KernelVersion? since = MapTypes.SinceForSleepable(map.Type);
                // A hook that is newer than the oldest kernel runs on the kernels that have it.
                if (since is { } first && (first <= minimum || first <= hook.Since)) continue;
                string when = since is { } later ? $"allows it from Linux {later} on, and the oldest kernel is {minimum}" : "does not allow it";
                if (reported.Add((map.Name, use.DebugId))) diagnostics.Add(new CompilerDiagnostic("BPF0522", use.DebugId, [map.Name, map.Type.ToString(), hook.Prefix, when]));
            }
        }
    }
}
