using BpfSharp.Objects;
using BpfSharp.Objects.Kernel;

namespace BpfSharp;

/// <summary>A program of an object that is not loaded yet: what can still be set.</summary>
public sealed class BpfProgramSettings
{
    internal BpfProgramSettings(FunctionSpec spec)
    {
        Spec = spec;
        AutoLoad = !spec.Section.StartsWith('?');
        Target = "";
        if (Hooks.FromSection(spec.Section) is not { } section) return;
        (Hook, Target) = (section.Hook, section.Target);
        (Type, ExpectedAttachType) = (Hook.ProgramType, Hook.AttachType);
    }

    /// <summary>The name in the object.</summary>
    public string Name => Spec.Name;

    /// <summary>The program as the object defines it.</summary>
    public FunctionSpec Spec { get; }

    /// <summary>Whether it is loaded with the object. Programs in sections whose name begins with '?' are not, unless this is set.</summary>
    public bool AutoLoad { get; set; }

    /// <summary>Whether <see cref="BpfObject.AttachAll"/> attaches it.</summary>
    public bool AutoAttach { get; set; } = true;

    /// <summary>What follows if the program cannot be loaded or attached.</summary>
    public BpfProgramPolicy Policy { get; set; }

    /// <summary>
    /// The program that this one stands in for, null for none: it is attached by <see cref="BpfObject.AttachAll"/> only if that one could not be
    /// loaded or attached, e.g. a kprobe for kernels whose fentry is missing. A stand-in may have one itself.
    /// </summary>
    public string? FallbackOf { get; set; }

    /// <summary>The program type; from the section unless set.</summary>
    public ProgramType Type { get; set; }

    /// <summary>The expected attach type; from the section unless set.</summary>
    public AttachType? ExpectedAttachType { get; set; }

    /// <summary>What to attach to, e.g. <c>raw_syscalls/sys_enter</c>; from the section unless set. A function or typed tracepoint is looked for in the kernel and then in its modules (kernel 5.11), with <c>module:name</c> in that module alone.</summary>
    public string Target { get; set; }

    /// <summary>
    /// The loaded program that an extension (<c>freplace</c>, kernel 5.6) belongs to: <see cref="Target"/> is the name of the global function in it that the extension
    /// replaces once it is attached. Its parameters and result must be the function's.
    /// </summary>
    public BpfProgram? TargetProgram { get; set; }

    /// <summary>The hook that the section names, null if it names none that is known.</summary>
    public Hook? Hook { get; }
}
