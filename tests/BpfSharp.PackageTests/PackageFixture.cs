namespace BpfSharp.PackageTests;

/// <summary>
/// The package, and a consumer that was copied to a folder outside the repository, restored from a feed with the package and built. Everything is in that folder, NuGet's own cache too, and goes away with it.
/// </summary>
public sealed class PackageFixture : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("bpfsharp-package-").FullName;

    /// <summary>The package's file.</summary>
    public string Package => Assert.Single(Directory.GetFiles(Path.Combine(_folder, "feed"), "BpfSharp.0.*.nupkg"));

    /// <summary>The folder of the consumer's assembly.</summary>
    public string Output => Path.Combine(_folder, "Consumer/bin/Debug/net10.0");

    public async Task InitializeAsync()
    {
        string feed = Path.Combine(_folder, "feed");
        await Run.Successfully(Repository.Dotnet,
            ["pack", Path.Combine(Repository.Root, "src/BpfSharp"), "--no-build", "-c", Repository.Configuration, "-o", feed, "-nodeReuse:false"]);
        await Run.Successfully(Repository.Dotnet,
            ["pack", Path.Combine(Repository.Root, "src/BpfSharp.KernelTypes"), "--no-build", "-c", Repository.Configuration, "-o", feed, "-nodeReuse:false"]);
        // The SDK's analyzers for trimming are a package too; restoring this repository brought it.
        foreach (string file in Directory.GetFiles(Path.Combine(Repository.PackageRoot, "microsoft.net.illink.tasks"), "*.nupkg", SearchOption.AllDirectories))
            File.Copy(file, Path.Combine(feed, Path.GetFileName(file)));
        string consumer = Path.Combine(_folder, "Consumer");
        Directory.CreateDirectory(consumer);
        foreach (string file in Directory.GetFiles(Path.Combine(Repository.Root, "tests/BpfSharp.PackageTests/Consumer")))
            File.Copy(file, Path.Combine(consumer, Path.GetFileName(file)));
        await File.WriteAllTextAsync(Path.Combine(consumer, "nuget.config"),
            $"<configuration><packageSources><clear /><add key=\"feed\" value=\"{feed}\" /></packageSources></configuration>");
        await Run.Successfully(Repository.Dotnet, ["build", "-c", "Debug", "-nodeReuse:false", "-p:UseSharedCompilation=false"], consumer,
            ("NUGET_PACKAGES", Path.Combine(_folder, "packages")));
    }

    public Task DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }
}
