namespace BpfSharp.PackageTests;

/// <summary>
/// The package, and a consumer that was copied to a folder outside the repository, restored from a feed with the package and built. Everything is in that folder, NuGet's own cache too, and goes away with it.
/// </summary>
public sealed class PackageFixture : IAsyncLifetime
{
    // The SDK's own packages, which it asks for by itself.
    private static readonly HashSet<string> s_sdk =
    [
        "microsoft.net.illink.tasks", "microsoft.dotnet.ilcompiler", $"runtime.{Repository.Runtime}.microsoft.dotnet.ilcompiler",
        .. new[] { "netcore", "aspnetcore" }.Select(static name => $"microsoft.{name}.app.runtime.{Repository.Runtime}"), $"microsoft.netcore.app.runtime.nativeaot.{Repository.Runtime}",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("bpfsharp-package-").FullName;

    /// <summary>The package's file.</summary>
    public string Package => Assert.Single(Directory.GetFiles(Path.Combine(_folder, "feed"), "BpfSharp.0.*.nupkg"));

    /// <summary>The folder of the consumer's assembly.</summary>
    public string Output => Path.Combine(Consumer, "bin/Debug/net10.0");

    private string Consumer => Path.Combine(_folder, "Consumer");

    public async Task InitializeAsync()
    {
        string feed = Path.Combine(_folder, "feed");
        await Run.Successfully(Repository.Dotnet,
            ["pack", Path.Combine(Repository.Root, "src/BpfSharp"), "--no-build", "-c", Repository.Configuration, "-o", feed, "-nodeReuse:false"]);
        await Run.Successfully(Repository.Dotnet,
            ["pack", Path.Combine(Repository.Root, "src/BpfSharp.KernelTypes"), "--no-build", "-c", Repository.Configuration, "-o", feed, "-nodeReuse:false"]);
        // The SDK's analyzers for trimming are a package too; restoring this repository brought it. What publishing needs is there if PublishFact found it.
        foreach (string folder in Directory.GetDirectories(Repository.PackageRoot).Where(static f => s_sdk.Contains(Path.GetFileName(f))))
            foreach (string file in Directory.GetFiles(folder, "*.nupkg", SearchOption.AllDirectories)) File.Copy(file, Path.Combine(feed, Path.GetFileName(file)));
        string consumer = Consumer;
        Directory.CreateDirectory(consumer);
        foreach (string file in Directory.GetFiles(Path.Combine(Repository.Root, "tests/BpfSharp.PackageTests/Consumer")))
            File.Copy(file, Path.Combine(consumer, Path.GetFileName(file)));
        await File.WriteAllTextAsync(Path.Combine(consumer, "nuget.config"),
            $"<configuration><packageSources><clear /><add key=\"feed\" value=\"{feed}\" /></packageSources></configuration>");
        await Build("build", "-c", "Debug");
    }

    /// <summary>Publishes the consumer for this machine, with a property set that says how; its folder.</summary>
    public async Task<string> Publish(string property)
    {
        string output = Path.Combine(_folder, property);
        await Build("publish", "-c", "Release", "-r", Repository.Runtime, "--self-contained", $"-p:{property}=true", "-p:TrimmerSingleWarn=false", "-o", output);
        return output;
    }

    private Task<Run> Build(params string[] arguments) => Run.Successfully(
        Repository.Dotnet, [.. arguments, "-nodeReuse:false", "-p:UseSharedCompilation=false"], Consumer, ("NUGET_PACKAGES", Path.Combine(_folder, "packages")));

    public Task DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }
}
