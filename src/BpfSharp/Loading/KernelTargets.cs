using System.Text;
using BpfSharp.Errors;
using BpfSharp.Loading.Core;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp.Loading;

/// <summary>The BTF ids, in the kernel and its modules, of what tracing, LSM and iterator programs attach to.</summary>
internal static class KernelTargets
{
    /// <summary>A program's target: in the kernel, or else in a module (kernel 5.11). <c>module:name</c> is one of that module alone, <c>vmlinux:name</c> of the kernel.</summary>
    /// <returns>The descriptor of the module's types, 0 for the kernel's, and the id in them.</returns>
    /// <exception cref="BpfException">This kernel has no such target.</exception>
    public static (int Module, uint Id) Find(KernelBtf kernel, BpfProgramSettings settings)
    {
        if (settings.Type == ProgramType.Extension)
            throw new BpfException($"cannot load program '{settings.Name}': it replaces a function of another program; set TargetProgram to that one, loaded");
        if (Lookup(kernel, settings.ExpectedAttachType, settings.Target) is { } found) return (found.Types.HasBase ? kernel.OpenModule(found.Types).Fd : 0, found.Id);
        (string prefix, int kind) = Form(settings.ExpectedAttachType);
        string[] near = NearNames.Of(settings.Target[(settings.Target.IndexOf(':') + 1)..], kernel.Names(kind)
            .Where(n => n.StartsWith(prefix, StringComparison.Ordinal)).Select(n => n[prefix.Length..]), 3);
        string hint = near.Length > 0 ? $"; did you mean {string.Join(", ", near)}?" : "";
        throw new BpfException($"cannot load program '{settings.Name}': this kernel ({RunningKernel.Version}) has no '{settings.Target}' for {settings.ExpectedAttachType}{hint}",
            (int)Errno.ENOENT, nameof(Errno.ENOENT));
    }

    /// <summary>Whether the running kernel or a module has a target of an attach type.</summary>
    public static bool Exists(AttachType? type, string target)
    {
        using KernelBtf kernel = new();
        return Lookup(kernel, type, target) is not null;
    }

    private static (RawBtf Types, uint Id)? Lookup(KernelBtf kernel, AttachType? type, string target)
    {
        (string prefix, int kind) = Form(type);
        int colon = target.IndexOf(':');
        byte[] name = Encoding.UTF8.GetBytes(prefix + target[(colon + 1)..]);
        foreach (RawBtf types in kernel.InOrder())
        {
            if (colon >= 0 && !target.AsSpan(0, colon).SequenceEqual(types.Name)) continue;
            uint id = types.Find(kind, name);
            if (id != 0) return (types, id);
        }

        return null;
    }

    private static (string Prefix, int Kind) Form(AttachType? type) => type switch
    {
        AttachType.TraceRawTp => ("btf_trace_", RawType.Typedef),
        AttachType.LsmMac or AttachType.LsmCgroup => ("bpf_lsm_", RawType.Function),
        AttachType.TraceIter => ("bpf_iter_", RawType.Function),
        _ => ("", RawType.Function),
    };
}
