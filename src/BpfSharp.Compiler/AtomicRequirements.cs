using BpfSharp.Compiler.IR;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Compiler;

/// <summary>
/// Whether the oldest kernel has each atomic operation: before Linux 5.12 there is only an addition whose result nobody takes, and before 6.10 there is none on arenas.
/// </summary>
internal static class AtomicRequirements
{
    private static readonly KernelVersion s_since = new(5, 12), s_sinceInArenas = new(6, 10);

    private static readonly Dictionary<Op, string> s_names = new()
    {
        [Op.AtomicAnd] = "Interlocked.And",
        [Op.AtomicOr] = "Interlocked.Or",
        [Op.AtomicXor] = "an atomic exclusive or",
        [Op.AtomicFetchAdd] = "the result of Interlocked.Add, Increment or Decrement",
        [Op.AtomicFetchAnd] = "Interlocked.And",
        [Op.AtomicFetchOr] = "Interlocked.Or",
        [Op.AtomicFetchXor] = "an atomic exclusive or",
        [Op.AtomicExchange] = "Interlocked.Exchange",
        [Op.AtomicCompareExchange] = "Interlocked.CompareExchange",
    };

    /// <summary>Adds a diagnostic for each operation that some kernel would refuse.</summary>
    public static void Check(Module module, CompilerOptions options, ICollection<CompilerDiagnostic> diagnostics)
    {
        KernelVersion minimum = new(options.MinimumKernel.Major, options.MinimumKernel.Minor);
        CheckArenas(module, minimum, diagnostics);
        if (minimum >= s_since) return;
        HashSet<(Op Op, int DebugId)> reported = [];
        foreach (Function program in module.Functions)
        {
            // A hook that is newer runs on the kernels that have it.
            if (!program.IsProgram || Hooks.FromSection(program.Section)?.Hook is not { } hook || hook.Since >= s_since) continue;
            foreach (Value value in Reach.Values(module, program))
            {
                if (!s_names.TryGetValue(value.Op, out string? name) || !reported.Add((value.Op, value.DebugId))) continue;
                diagnostics.Add(new CompilerDiagnostic("BPF0505", value.DebugId, [name, hook.Prefix, s_since.ToString(), minimum.ToString()]));
            }
        }
    }

    private static void CheckArenas(Module module, KernelVersion minimum, ICollection<CompilerDiagnostic> diagnostics)
    {
        if (minimum >= s_sinceInArenas || !module.Maps.Exists(static m => m.Type == MapType.Arena)) return;
        HashSet<int> reported = [];
        foreach (Function program in module.Functions)
        {
            if (!program.IsProgram || Hooks.FromSection(program.Section)?.Hook is not { } hook) continue;
            foreach (Value value in Reach.Values(module, program))
            {
                if (value.Op is < Op.AtomicAdd or > Op.AtomicCompareExchange || value.Arguments[0].Type.Region != Region.Arena || !reported.Add(value.DebugId)) continue;
                diagnostics.Add(new CompilerDiagnostic("BPF0505", value.DebugId, ["Interlocked on an arena", hook.Prefix, s_sinceInArenas.ToString(), minimum.ToString()]));
            }
        }
    }
}
