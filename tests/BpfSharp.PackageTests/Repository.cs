using System.Reflection;

namespace BpfSharp.PackageTests;

/// <summary>Where things are in the repository that the tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Metadata("RepositoryRoot");

    public static string Configuration { get; } = Metadata("Configuration");

    public static string Dotnet { get; } = Metadata("DotnetHost");

    /// <summary>NuGet's folder of packages on this machine.</summary>
    public static string PackageRoot { get; } = Metadata("PackageRoot");

    /// <summary>The sample's assembly, as the solution's build leaves it.</summary>
    public static string SyscallCounter { get; } = Path.Combine(Root, "samples/SyscallCounter/bin", Configuration, "net10.0/SyscallCounter.dll");

    private static string Metadata(string key) =>
        typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(attribute => attribute.Key == key).Value!;
}
