using BpfSharp.Compiler.IR;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Compiler;

/// <summary>What kernels allow of calls of global functions, which the verifier checks by themselves.</summary>
internal static class GlobalFunctionRequirements
{
    /// <summary>The first kernel whose global functions take the addresses of memory, not of the context alone.</summary>
    private static readonly KernelVersion s_memory = new(5, 12);

    /// <summary>The memory that the kernel passes on: it must be able to be written, whatever the function does (since 5.18).</summary>
    private static readonly Dictionary<Region, string> s_refused = new()
    {
        [Region.Packet] = "of a packet",
        [Region.PacketMeta] = "of a packet",
        [Region.Btf] = "of the kernel",
        [Region.Tracepoint] = "of the kernel",
        [Region.Arena] = "of an arena",
    };

    /// <summary>Adds a diagnostic for each function and call that some kernel would refuse.</summary>
    public static void Check(Module module, CompilerOptions options, ICollection<CompilerDiagnostic> diagnostics)
    {
        KernelVersion minimum = new(options.MinimumKernel.Major, options.MinimumKernel.Minor);
        Dictionary<string, Function> functions = module.Functions.Where(static f => f.IsGlobal).ToDictionary(static f => f.Name, StringComparer.Ordinal);
        foreach (Function function in functions.Values)
        {
            if (minimum < s_memory && function.Parameters.Find(IsMemory) is { } parameter)
                diagnostics.Add(new CompilerDiagnostic("BPF0513", function.DebugId, [function.Name, parameter.Name, s_memory.ToString(), minimum.ToString()]));
        }
        HashSet<(string, int)> reported = [];
        foreach (Value call in module.Functions.SelectMany(static f => f.Blocks).SelectMany(static b => b.Values))
        {
            if (call.Op != Op.CallFunction || !functions.TryGetValue(call.Symbol!, out Function? callee)) continue;
            for (int i = 0; i < callee.Parameters.Count; i++)
            {
                if (IsMemory(callee.Parameters[i]) && Refusal(call.Arguments[i], module) is { } what && reported.Add((callee.Parameters[i].Name, call.DebugId)))
                    diagnostics.Add(new CompilerDiagnostic("BPF0514", call.DebugId, [callee.Parameters[i].Name, callee.Name, what]));
            }
        }
    }

    private static bool IsMemory(Parameter parameter) => parameter.Type.IsPointer && parameter.Type.Region != Region.Context;

    /// <summary>The kind of memory that the kernel does not pass on; null if it does.</summary>
    private static string? Refusal(Value address, Module module)
    {
        if (s_refused.TryGetValue(address.Type.Region, out string? what)) return what;
        while (address.Op == Op.PtrAdd) address = address.Arguments[0];
        return address.Op == Op.GlobalAddress && module.Globals.FirstOrDefault(g => g.Name == address.Symbol) is { IsReadOnly: true } ? "of a readonly field" : null;
    }
}
