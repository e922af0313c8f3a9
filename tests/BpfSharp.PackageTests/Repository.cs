using System.Reflection;
using System.Runtime.InteropServices;

namespace BpfSharp.PackageTests;

/// <summary>Where things are in the repository that the tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Metadata("RepositoryRoot");

    public static string Configuration { get; } = Metadata("Configuration");

    public static string Dotnet { get; } = Metadata("DotnetHost");

    /// <summary>NuGet's folder of packages on this machine.</summary>
    public static string PackageRoot { get; } = Metadata("PackageRoot");

    /// <summary>What .NET calls this kind of machine.</summary>
    public static string Runtime { get; } = $"linux-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";

    /// <summary>The first sample's assembly.</summary>
    public static string SyscallCounter { get; } = Sample("SyscallCounter");

    /// <summary>A sample's assembly, as the solution's build leaves it.</summary>
    public static string Sample(string name) => Path.Combine(Root, "samples", name, "bin", Configuration, $"net10.0/{name}.dll");

    private static string Metadata(string key) =>
        typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(attribute => attribute.Key == key).Value!;
}
