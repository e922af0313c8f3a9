using BpfSharp.Objects.Kernel;
using BpfSharp.Planning;

namespace BpfSharp;

/// <summary>
/// What loading and attaching an object needs, found without asking any kernel: the same on every machine. <see cref="Check"/> says what of it is
/// missing here.
/// </summary>
public sealed class BpfPlan
{
    internal BpfPlan(IReadOnlyList<BpfRequirement> requirements) => Requirements = requirements;

    /// <summary>Everything that is needed, each thing once per program or map.</summary>
    public IReadOnlyList<BpfRequirement> Requirements { get; }

    /// <summary>The capabilities that this process needs (before kernel 5.8 it is <c>CAP_SYS_ADMIN</c> for all).</summary>
    public IReadOnlyList<string> Capabilities => [.. Requirements.Where(r => r.Kind == BpfRequirementKind.Capability).Select(r => r.Name).Distinct()];

    /// <summary>The first kernel of the upstream project that has all that is not optional. Distributions bring some of it back to older ones.</summary>
    public KernelVersion MinimumKernel => Requirements.Where(r => !r.IsOptional).Select(r => r.Since ?? default).DefaultIfEmpty().Max();

    /// <summary>Asks the running kernel for everything and says what is missing. Nothing of the object is loaded.</summary>
    /// <returns>What is missing, empty if the object should load and attach.</returns>
    public IReadOnlyList<BpfShortcoming> Check() => PlanCheck.Run(this);

    /// <summary>One line for each requirement.</summary>
    public override string ToString() => string.Join(Environment.NewLine, Requirements);
}
