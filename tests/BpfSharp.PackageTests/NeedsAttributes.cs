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

internal static class Tools
{
    public static bool Exists(string tool) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin").Append("/sbin").Any(folder => File.Exists(Path.Combine(folder, tool)));
}
