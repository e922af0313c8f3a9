using System.Reflection;
using BpfSharp.KernelTests.Infrastructure;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace BpfSharp.KernelTests.Runner;

/// <summary>Runs this assembly's tests with xunit's own engine, in this process: all that a VM without an SDK needs.</summary>
static class TestRun
{
    /// <summary>Runs the tests whose display name contains <paramref name="filter"/>, and the leak check in any case.</summary>
    public static void Run(string filter, Action<TestResult> report)
    {
        Assembly assembly = typeof(TestRun).Assembly;
        using var framework = new XunitTestFramework(new NullMessageSink());
        using ITestFrameworkDiscoverer discoverer = framework.GetDiscoverer(Reflector.Wrap(assembly));
        using ITestFrameworkExecutor executor = framework.GetExecutor(assembly.GetName());

        using var found = new DiscoverySink();
        discoverer.Find(includeSourceInformation: false, found, new RunnerOptions());
        List<ITestCase> cases = found.Finish();
        List<ITestCase> wanted = cases.FindAll(c => c.DisplayName.Contains(filter, StringComparison.Ordinal));
        if (wanted.Count > 0) wanted.AddRange(cases.Where(c => MethodOf(c) == LeakTests.Check && !wanted.Contains(c)));

        using var results = new ResultSink(report);
        executor.RunTests(wanted, results, new RunnerOptions());
        results.Finish();
    }

    /// <summary>Class and method of a test case.</summary>
    public static string MethodOf(ITestCase testCase) => $"{testCase.TestMethod.TestClass.Class.Name}.{testCase.TestMethod.Method.Name}";

    /// <summary>What a test needs of the kernel; null for a test that is no kernel test.</summary>
    public static Requirement? RequirementOf(ITestCase testCase) =>
        testCase.TestMethod.Method.ToRuntimeMethod().GetCustomAttributes().OfType<IKernelTestAttribute>().SingleOrDefault()?.Requirement;
}
