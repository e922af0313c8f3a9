using Xunit.Sdk;

namespace BpfSharp.KernelTests.SelfTest;

/// <summary>A test that misbehaves on purpose. It exists only for the test of the matrix, which names it in <see cref="SelfTestDiscoverer.Variable"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("BpfSharp.KernelTests.SelfTest.SelfTestDiscoverer", "BpfSharp.KernelTests")]
public sealed class SelfTestFactAttribute : FactAttribute, IKernelTestAttribute
{
    /// <summary>As in <see cref="KernelFactAttribute.Minimum"/>.</summary>
    public string? Minimum { get; set; }

    /// <inheritdoc/>
    public Requirement Requirement => new(Minimum, KernelNeeds.None, null);
}
