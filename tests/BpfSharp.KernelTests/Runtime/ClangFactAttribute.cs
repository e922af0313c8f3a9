using Xunit.Sdk;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>A kernel fact that compiles C with clang, and is skipped where clang is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("Xunit.Sdk.FactDiscoverer", "xunit.execution.{Platform}")]
public sealed class ClangFactAttribute : FactAttribute, IKernelTestAttribute
{
    internal const string Clang = "clang-19";

    /// <summary>The first kernel on which the test passes.</summary>
    public string? Minimum { get; set; }

    /// <summary>What the kernel must offer beside root and bpf(2).</summary>
    public KernelNeeds Needs { get; set; }

    /// <inheritdoc/>
    public Requirement Requirement => new(Minimum, Needs, null);

    /// <inheritdoc/>
    public override string? Skip
    {
        get => base.Skip ?? Requirement.SkipReason ?? (IsInstalled ? null : $"{Clang} is not installed");
        set => base.Skip = value;
    }

    static bool IsInstalled => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, Clang)));
}
