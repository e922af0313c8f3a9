using BpfSharp.Compiler.IR;
using BpfSharp.Compiler.Passes;

namespace BpfSharp.Compiler;

/// <summary>Whether each loop of <c>Bpf.Range</c> and <c>Bpf.Loop</c> whose rounds are known can be had on the oldest kernel.</summary>
internal static class LoopRequirements
{
    /// <summary>Adds a diagnostic for each loop that would always fault. It looks at the module before any pass.</summary>
    public static void Check(Module module, CompilerOptions options, ICollection<CompilerDiagnostic> diagnostics)
    {
        long limit = KernelLoops.MostRounds(options, module.License);
        foreach (Value value in module.Functions.SelectMany(static f => f.Blocks).SelectMany(static b => b.Values))
        {
            if (KernelLoops.Rounds(value) is not { Op: Op.Const } rounds || (ulong)rounds.Immediate <= (ulong)limit) continue;
            diagnostics.Add(new CompilerDiagnostic(
                "BPF0507", value.DebugId, [((uint)rounds.Immediate).ToString(), limit.ToString(), $"{options.MinimumKernel.Major}.{options.MinimumKernel.Minor}"]));
        }
    }
}
