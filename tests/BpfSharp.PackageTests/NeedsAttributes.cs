using System.Collections.Concurrent;

namespace BpfSharp.PackageTests;

/// <summary>A test that loads programs: it is skipped where the user may not.</summary>
internal sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute(params string[] tools)
    {
        string? missing = tools.FirstOrDefault(tool => !Tools.Exists(tool));
        if (!OperatingSystem.IsLinux()) Skip = "needs Linux";
        else if (Environment.UserName != "root") Skip = "needs root, to load programs";
        else if (missing is not null) Skip = $"needs {missing}, which is not installed";
    }
}

/// <summary>The same for a theory.</summary>
internal sealed class RootTheoryAttribute : TheoryAttribute
{
    public RootTheoryAttribute(params string[] tools) => Skip = new RootFactAttribute(tools).Skip;
}

/// <summary>A test that publishes with a property set: it is skipped where a package for that, which the SDK names and NuGet brings, or a linker cannot be had.</summary>
internal sealed class PublishFactAttribute : FactAttribute
{
    private static readonly ConcurrentDictionary<string, string?> s_missing = new();

    public PublishFactAttribute(string property) =>
        Skip = new RootFactAttribute().Skip
            ?? (property == "PublishAot" && !Tools.Exists("clang") && !Tools.Exists("gcc") ? "needs clang or gcc, to link native code" : s_missing.GetOrAdd(property, Missing));

    private static string? Missing(string property)
    {
        string folder = Directory.CreateTempSubdirectory("bpfsharp-restore-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "Empty.csproj"),
                $"<Project Sdk=\"Microsoft.NET.Sdk\"><PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><{property}>true</{property}></PropertyGroup></Project>");
            Run run = Run.Of(Repository.Dotnet, ["restore", "-r", Repository.Runtime, "-p:SelfContained=true", "-nodeReuse:false"], folder).GetAwaiter().GetResult();
            return run.ExitCode == 0 ? null : $"needs the SDK's packages for {property}: {run.Lines.FirstOrDefault(static l => l.Contains("error", StringComparison.Ordinal))?.Trim()}";
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}

internal static class Tools
{
    public static bool Exists(string tool) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin").Append("/sbin").Any(folder => File.Exists(Path.Combine(folder, tool)));
}
