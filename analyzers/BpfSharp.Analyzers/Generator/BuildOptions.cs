using BpfSharp.Analyzers.Frontend;
using BpfSharp.Compiler;
using Microsoft.CodeAnalysis.Diagnostics;

namespace BpfSharp.Analyzers.Generator;

/// <summary>What MSBuild properties say.</summary>
/// <param name="Compiler">The compiler's options.</param>
/// <param name="ProjectDirectory">The project's folder; "" if it is not known.</param>
/// <param name="InvalidMinimumKernel">The value of BpfMinimumKernel if it is no version or one that is too old, else "".</param>
internal sealed record BuildOptions(CompilerOptions Compiler, string ProjectDirectory, string InvalidMinimumKernel)
{
    /// <summary>Reads the properties that the package makes visible to the compiler.</summary>
    public static BuildOptions Read(AnalyzerConfigOptions options)
    {
        string directory = Property(options, "ProjectDir");
        string minimum = Property(options, "BpfMinimumKernel").Trim();
        if (minimum.Length == 0) return new BuildOptions(new CompilerOptions(), directory, "");
        return KernelVersionText.Parse(minimum) is { } version
            ? new BuildOptions(new CompilerOptions { MinimumKernel = version }, directory, "")
            : new BuildOptions(new CompilerOptions(), directory, minimum);
    }

    private static string Property(AnalyzerConfigOptions options, string name) =>
        options.TryGetValue("build_property." + name, out string? value) ? value : "";
}
