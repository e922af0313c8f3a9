using System.Diagnostics;

namespace BpfSharp.Objects.Tests;

/// <summary>Runs the peers' tools.</summary>
internal static class Tools
{
    /// <summary>Where a tool is, null if it is not installed.</summary>
    public static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin")
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);

    /// <summary>What a tool prints; a failure fails the test.</summary>
    public static string Run(string name, params string[] arguments)
    {
        (int exitCode, string output, string error) = TryRun(name, arguments);
        Assert.True(exitCode == 0, $"{name} {string.Join(' ', arguments)} failed:\n{output}\n{error}");
        return output;
    }

    public static (int ExitCode, string Output, string Error) TryRun(string name, params string[] arguments)
    {
        var start = new ProcessStartInfo(Find(name) ?? name, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.GetAwaiter().GetResult());
    }
}

/// <summary>A test that needs installed tools; it is skipped with a reason where one is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ToolFactAttribute : FactAttribute
{
    public ToolFactAttribute(params string[] tools)
    {
        string[] missing = [.. tools.Where(static t => Tools.Find(t) is null)];
        if (missing.Length > 0)
            Skip = $"not installed: {string.Join(", ", missing)}";
    }
}

/// <summary>As <see cref="ToolFactAttribute"/>, for tests that load programs into the running kernel.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RootToolFactAttribute : FactAttribute
{
    public RootToolFactAttribute(params string[] tools) =>
        Skip = !OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess ? "needs root on Linux" : new ToolFactAttribute(tools).Skip;
}

/// <summary>As <see cref="ToolFactAttribute"/>, for theories.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ToolTheoryAttribute : TheoryAttribute
{
    public ToolTheoryAttribute(params string[] tools) => Skip = new ToolFactAttribute(tools).Skip;
}

/// <summary>A folder that goes away with the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("bpfsharp-objects-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
