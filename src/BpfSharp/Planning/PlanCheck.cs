using BpfSharp.Errors;
using BpfSharp.Links;
using BpfSharp.Loading;
using BpfSharp.Objects.Kernel;
using BpfSharp.Programs;

namespace BpfSharp.Planning;

/// <summary>Asks the running kernel for what a plan needs.</summary>
internal static class PlanCheck
{
    /// <summary>What is missing.</summary>
    public static List<BpfShortcoming> Run(BpfPlan plan)
    {
        List<BpfShortcoming> missing = [];
        Capabilities have = Capabilities.Current();
        foreach (BpfRequirement requirement in plan.Requirements)
            if (Reason(requirement, have) is { } reason) missing.Add(new(requirement, reason));
        return missing;
    }

    private static string? Reason(BpfRequirement requirement, Capabilities have)
    {
        try
        {
            return requirement.Kind switch
            {
                BpfRequirementKind.Capability => Capability(requirement.Name, have),
                BpfRequirementKind.MapType => Asked(requirement, static r => BpfFeatures.Has((MapType)r.Number)),
                BpfRequirementKind.ProgramType => Asked(requirement, static r => BpfFeatures.Has((ProgramType)r.Number)),
                BpfRequirementKind.Helper => Asked(requirement, static r => BpfFeatures.HasHelper(r.ProgramType, r.Number)),
                BpfRequirementKind.KernelFunction => BpfFeatures.HasKernelFunction(requirement.Name) ? null : "this kernel has no such function, or not for programs",
                BpfRequirementKind.KernelTypes => BpfFeatures.HasKernelBtf ? null : "this kernel does not describe its types; it needs CONFIG_DEBUG_INFO_BTF",
                BpfRequirementKind.Target => Target(requirement),
                BpfRequirementKind.Hook when requirement.AttachType is not null => Asked(requirement, static r => BpfFeatures.Has(r.AttachType!.Value)),
                _ => TooOld(requirement),
            };
        }
        catch (BpfException e)
        {
            return e.Message;
        }
    }

    private static string? Capability(string name, Capabilities have) => name switch
    {
        // Kernels before 5.8 know the first one only.
        _ when have.Has(Errors.Capability.SysAdmin) => null,
        _ when RunningKernel.Version < new KernelVersion(5, 8) => "this kernel wants CAP_SYS_ADMIN; run as root",
        "CAP_BPF" when have.Has(Errors.Capability.Bpf) => null,
        "CAP_PERFMON" when have.Has(Errors.Capability.PerfMon) => null,
        "CAP_NET_ADMIN" when have.Has(Errors.Capability.NetAdmin) => null,
        _ => $"this process does not have it; run as root, or give it to the executable with setcap",
    };

    /// <summary>The kernel's own answer; its version's where it does not answer.</summary>
    private static string? Asked(BpfRequirement requirement, Func<BpfRequirement, bool> ask)
    {
        try
        {
            return ask(requirement) ? null : TooOld(requirement) ?? $"this kernel ({RunningKernel.Version}) does not have it; its configuration leaves it out";
        }
        catch (NotSupportedException)
        {
            return TooOld(requirement);
        }
        catch (BpfException e) when (e.ErrorName is "EPERM" or "EACCES")
        {
            return TooOld(requirement);
        }
    }

    private static string? TooOld(BpfRequirement requirement) =>
        requirement.Since is { } since && RunningKernel.Version < since ? $"it came with Linux {since}, and {RunningKernel.Version} is running" : null;

    private static string? Target(BpfRequirement requirement)
    {
        string target = requirement.Name;
        switch (requirement.Method)
        {
            case AttachMethod.Tracepoint when target.Split('/', 2) is [var category, var name]:
                _ = Tracepoints.Id(category, name);
                return null;
            case AttachMethod.Kprobe or AttachMethod.Kretprobe when target.AsSpan().IndexOfAny('*', '+', '/') < 0:
                return KernelFunctions.Exists(target) ? null : KernelFunctions.MissingHint(target);
            case AttachMethod.Uprobe or AttachMethod.Uretprobe:
                BpfUprobe place = BpfUprobe.Parse(target);
                string file = ExecutableFiles.Find(place.Path);
                if (place.Symbol.Length > 0) _ = ExecutableFiles.OffsetOf(file, place.Symbol);
                return null;
            case AttachMethod.Tracing or AttachMethod.Iterator or AttachMethod.Cgroup when requirement.ProgramType is ProgramType.Tracing or ProgramType.Lsm && BpfFeatures.HasKernelBtf:
                return KernelTargets.Exists(requirement.AttachType, target) ? null : $"this kernel has no '{target}' for {requirement.AttachType}";
            case AttachMethod.StructOps when BpfFeatures.HasKernelBtf:
                return StructOpsLayout.Has(target) ? null : "this kernel has no such struct, or programs cannot stand in for its functions";
            case AttachMethod.RawTracepoint when BpfFeatures.HasKernelBtf:
                return KernelTargets.Exists(AttachType.TraceRawTp, target) ? null : "this kernel has no such tracepoint";
            default:
                return null;
        }
    }
}
