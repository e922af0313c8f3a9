using System.Reflection;
using System.Text.Json;

namespace BpfSharp.Cli.Tests;

/// <summary>Runs <c>dotnet bpf</c> as its users do.</summary>
internal static class Bpf
{
    private static readonly string s_tool = Path.Combine(AppContext.BaseDirectory, "dotnet-bpf.dll");

    /// <summary>An assembly that holds an object.</summary>
    public static string Sample { get; } =
        typeof(Bpf).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(static a => a.Key == "Sample").Value!;

    public static (int ExitCode, string Output, string Error) Run(params string[] arguments) =>
        Tools.TryRun(Environment.ProcessPath is { } host && Path.GetFileName(host) == "dotnet" ? host : "dotnet", ["exec", s_tool, .. arguments]);

    public static string Succeed(params string[] arguments)
    {
        (int exitCode, string output, string error) = Run(arguments);
        Assert.True(exitCode == 0, $"dotnet bpf {string.Join(' ', arguments)} ended with {exitCode}:\n{output}\n{error}");
        return output;
    }

    public static JsonElement Json(params string[] arguments) => JsonDocument.Parse(Succeed([.. arguments, "--json"])).RootElement;
}
