using BpfSharp.Errors;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp.Loading;

/// <summary>The kernel's BTF ids of what tracing, LSM and iterator programs attach to.</summary>
internal static class KernelTargets
{
    private const int Typedef = 8, Function = 12;

    /// <summary>The id of a program's target.</summary>
    /// <exception cref="BpfException">This kernel has no such target.</exception>
    public static int Find(KernelBtf kernel, BpfProgramSettings settings)
    {
        (string prefix, int kind) = Form(settings.ExpectedAttachType);
        if (settings.Type == ProgramType.Extension)
            throw new BpfException($"cannot load program '{settings.Name}': it replaces a function of another program; set TargetProgram to that one, loaded");
        int id = kernel.Find(kind, prefix + settings.Target);
        if (id != 0) return id;
        string[] near = NearNames.Of(settings.Target, kernel.Names(kind)
            .Where(n => n.StartsWith(prefix, StringComparison.Ordinal)).Select(n => n[prefix.Length..]), 3);
        string hint = near.Length > 0 ? $"; did you mean {string.Join(", ", near)}?" : "";
        throw new BpfException($"cannot load program '{settings.Name}': this kernel ({RunningKernel.Version}) has no '{settings.Target}' for {settings.ExpectedAttachType}{hint}",
            (int)Errno.ENOENT, nameof(Errno.ENOENT));
    }

    /// <summary>Whether the running kernel has a target of an attach type.</summary>
    public static bool Exists(AttachType? type, string target)
    {
        (string prefix, int kind) = Form(type);
        using KernelBtf kernel = new();
        return kernel.Find(kind, prefix + target) != 0;
    }

    private static (string Prefix, int Kind) Form(AttachType? type) => type switch
    {
        AttachType.TraceRawTp => ("btf_trace_", Typedef),
        AttachType.LsmMac or AttachType.LsmCgroup => ("bpf_lsm_", Function),
        AttachType.TraceIter => ("bpf_iter_", Function),
        _ => ("", Function),
    };
}
