using BpfSharp.Objects;
using BpfSharp.Programs;

namespace BpfSharp;

/// <summary>A program of an object that is not loaded yet: what can still be set.</summary>
public sealed class BpfProgramSettings
{
    internal BpfProgramSettings(FunctionSpec spec)
    {
        Spec = spec;
        (Definition, Target) = SectionDefinition.Find(spec.Section) is var (definition, target) ? (definition, target) : (null, "");
        AutoLoad = !spec.Section.StartsWith('?');
        if (Definition is null) return;
        Type = Definition.Type;
        AttachType = Definition.AttachType;
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

    /// <summary>The program type; from the section unless set.</summary>
    public BpfProgramType Type { get; set; }

    /// <summary>The expected attach type; from the section unless set.</summary>
    public BpfAttachType? AttachType { get; set; }

    /// <summary>What to attach to, e.g. <c>raw_syscalls/sys_enter</c>; from the section unless set.</summary>
    public string Target { get; set; }

    internal SectionDefinition? Definition { get; }
}
