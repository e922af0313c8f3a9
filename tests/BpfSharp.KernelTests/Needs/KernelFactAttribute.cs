using Xunit.Sdk;

namespace BpfSharp.KernelTests;

/// <summary>
/// A kernel fact: runs as root on a kernel that has what it names, is skipped with the reason elsewhere. In the kernel matrix it also
/// runs below its <see cref="Minimum"/>, where it is expected to fail: a minimum that is claimed too high is reported as a failure.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("Xunit.Sdk.FactDiscoverer", "xunit.execution.{Platform}")]
public sealed class KernelFactAttribute : FactAttribute, IKernelTestAttribute
{
    /// <summary>The first kernel version on which the test passes, such as "5.15"; null if every kernel of the matrix will do.</summary>
    public string? Minimum { get; set; }

    /// <summary>What the kernel must offer beside root and bpf(2).</summary>
    public KernelNeeds Needs { get; set; }

    /// <summary>
    /// Set, with the reason, when <see cref="Minimum"/> is no claim about the kernel (a policy, a known kernel bug, something that
    /// distributions backport): the test is then skipped below it and not expected to fail there.
    /// </summary>
    public string? InexactMinimum { get; set; }

    /// <inheritdoc/>
    public Requirement Requirement => new(Minimum, Needs, InexactMinimum);

    /// <inheritdoc/>
    public override string? Skip
    {
        get => base.Skip ?? Requirement.SkipReason;
        set => base.Skip = value;
    }
}
