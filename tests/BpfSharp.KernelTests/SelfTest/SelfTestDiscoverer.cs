using Xunit.Abstractions;
using Xunit.Sdk;

namespace BpfSharp.KernelTests.SelfTest;

/// <summary>Finds the misbehaving tests only when they are asked for.</summary>
public sealed class SelfTestDiscoverer(IMessageSink diagnosticMessageSink) : IXunitTestCaseDiscoverer
{
    /// <summary>Holds the names of the methods to run, separated by commas.</summary>
    public const string Variable = "BPFSHARP_SELF_TEST";

    static readonly string[] s_wanted = (Environment.GetEnvironmentVariable(Variable) ?? "").Split(',');

    readonly FactDiscoverer _facts = new(diagnosticMessageSink);

    /// <inheritdoc/>
    public IEnumerable<IXunitTestCase> Discover(ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute) =>
        s_wanted.Contains(testMethod.Method.Name) ? _facts.Discover(discoveryOptions, testMethod, factAttribute) : [];
}
