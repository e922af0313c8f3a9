using System.Runtime.InteropServices;
using Xunit.Sdk;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>A kernel fact on an object that clang compiled (see <see cref="Clang"/>), skipped where clang was missing when the tests were built.</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("Xunit.Sdk.FactDiscoverer", "xunit.execution.{Platform}")]
public sealed class ClangFactAttribute : FactAttribute, IKernelTestAttribute
{
    /// <summary>The first kernel on which the test passes.</summary>
    public string? Minimum { get; set; }

    /// <summary>What the kernel must offer beside root and bpf(2).</summary>
    public KernelNeeds Needs { get; set; }

    /// <summary>Whether the C source has it in x86-64's assembly alone.</summary>
    public bool OnlyX64 { get; set; }

    /// <inheritdoc/>
    public Requirement Requirement => new(Minimum, Needs, null);

    /// <inheritdoc/>
    public override string? Skip
    {
        get => base.Skip ?? Requirement.SkipReason ?? (Clang.WasThere ? null : "clang-19 or libbpf-dev was not installed when the tests were built")
            ?? (OnlyX64 && RuntimeInformation.ProcessArchitecture != Architecture.X64 ? "its C source is written for x86-64" : null);
        set => base.Skip = value;
    }
}
