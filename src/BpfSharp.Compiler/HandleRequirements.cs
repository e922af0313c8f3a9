using BpfSharp.Compiler.IR;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Compiler;

/// <summary>
/// Whether helpers that take an object of the kernel get one that the verifier knows: it refuses addresses that were read or computed. The pass that
/// decides how kernel memory is read has found out where each pointer comes from.
/// </summary>
internal static class HandleRequirements
{
    /// <summary>Adds a diagnostic for each call with an address of which the kernel knows nothing.</summary>
    public static void Check(Module module, ICollection<CompilerDiagnostic> diagnostics)
    {
        HashSet<(string Name, int DebugId)> reported = [];
        foreach (Value call in module.Functions.SelectMany(static f => f.Blocks).SelectMany(static b => b.Values))
        {
            if (call.Op != Op.CallHelper || Helpers.Find((int)call.Immediate) is not { } helper || !IsStorage(helper)) continue;
            if (call.Arguments[1].Type.Region is not (Region.Btf or Region.Socket) && reported.Add((helper.Name, call.DebugId)))
                diagnostics.Add(new CompilerDiagnostic("BPF0521", call.DebugId, [helper.Name]));
        }
    }

    // The only helpers of this kind that the front end calls.
    private static bool IsStorage(Helper helper) => helper.Name.IndexOf("_storage_", StringComparison.Ordinal) > 0 && helper.Arguments is [HelperArgument.Map, _, ..];
}
