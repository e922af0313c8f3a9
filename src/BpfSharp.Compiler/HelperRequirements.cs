using BpfSharp.Compiler.IR;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Compiler;

/// <summary>
/// Whether each helper call is one that the kernel allows: the program's type has the helper, the oldest kernel does, and the licence is
/// compatible with the GPL where the helper asks for it. The verifier would say it in its own words when the program is loaded.
/// </summary>
internal static class HelperRequirements
{
    // The kernel's license_is_gpl_compatible.
    private static readonly HashSet<string> s_gplCompatible =
        new(StringComparer.Ordinal) { "GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL" };

    private const int MapDelete = 3;

    // The kernel's may_update_sockmap.
    private static readonly HashSet<ProgramType> s_removesSockets =
    [
        ProgramType.SockOps, ProgramType.SocketFilter, ProgramType.SchedCls, ProgramType.SchedAct, ProgramType.Xdp, ProgramType.SkReuseport, ProgramType.FlowDissector, ProgramType.SkLookup,
    ];

    /// <summary>Whether the kernel counts a licence as compatible with the GPL.</summary>
    public static bool IsGplCompatible(string licence) => s_gplCompatible.Contains(licence);

    /// <summary>Adds a diagnostic for each call that some kernel would refuse.</summary>
    public static void Check(Module module, CompilerOptions options, ICollection<CompilerDiagnostic> diagnostics)
    {
        KernelVersion minimum = new(options.MinimumKernel.Major, options.MinimumKernel.Minor);
        HashSet<(string Id, int Helper, int DebugId)> reported = [];
        foreach (Function program in module.Functions)
        {
            if (!program.IsProgram || Hooks.FromSection(program.Section)?.Hook is not { } hook) continue;
            foreach (Value call in Reach.Values(module, program).Where(static v => v.Op == Op.CallHelper))
            {
                if (Helpers.Find((int)call.Immediate) is not { } helper) continue;
                if ((Violation(helper, hook, minimum, module.License) ?? SocketRemoval(module, call, hook)) is not { } violation) continue;
                if (reported.Add((violation.Id, helper.Id, call.DebugId))) diagnostics.Add(new CompilerDiagnostic(violation.Id, call.DebugId, [.. violation.Arguments]));
            }
        }
    }

    private static (string Id, string[] Arguments)? Violation(Helper helper, Hook hook, KernelVersion minimum, string licence)
    {
        if (helper.SinceFor(hook.ProgramType) is not { } since) return ("BPF0504", [helper.Name, hook.Prefix]);
        // A hook that is newer than the oldest kernel runs on the kernels that have it.
        if (since > minimum && since > hook.Since) return ("BPF0505", [helper.Name, hook.Prefix, since.ToString(), minimum.ToString()]);
        return helper.IsGplOnly && !IsGplCompatible(licence) ? ("BPF0506", [helper.Name]) : null;
    }

    /// <summary>Sockets may be taken out of a map only by programs that run where the map's lock can be taken: since Linux 6.10, and since then in older kernels too.</summary>
    private static (string Id, string[] Arguments)? SocketRemoval(Module module, Value call, Hook hook) =>
        call.Immediate == MapDelete && call.Arguments[0].Op == Op.MapAddress && !s_removesSockets.Contains(hook.ProgramType)
        && module.Maps.Find(m => m.Name == call.Arguments[0].Symbol) is { Type: MapType.SockMap or MapType.SockHash }
            ? ("BPF0504", ["bpf_map_delete_elem of a map of sockets", hook.Prefix]) : null;
}
