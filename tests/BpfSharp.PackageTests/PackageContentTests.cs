using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;

namespace BpfSharp.PackageTests;

/// <summary>What is in the package.</summary>
public sealed class PackageContentTests(PackageFixture package) : IClassFixture<PackageFixture>
{
    private const int LinuxBits = 0x7b79;

    [Fact]
    public void Files()
    {
        using ZipArchive archive = ZipFile.OpenRead(package.Package);
        string[] files = [.. archive.Entries.Select(entry => entry.FullName).Where(name => Path.GetExtension(name) is ".dll" or ".props" or ".targets").Order(StringComparer.Ordinal)];
        Assert.Equal(
            [
                "analyzers/dotnet/cs/BpfSharp.Analyzers.dll", "analyzers/dotnet/cs/BpfSharp.Compiler.dll", "analyzers/dotnet/cs/BpfSharp.Objects.dll",
                "build/BpfSharp.props", "build/BpfSharp.targets", "buildTransitive/BpfSharp.props", "buildTransitive/BpfSharp.targets",
                "lib/net10.0/BpfSharp.Objects.dll", "lib/net10.0/BpfSharp.dll",
                "runtimes/linux-arm64/lib/net10.0/BpfSharp.Objects.dll", "runtimes/linux-arm64/lib/net10.0/BpfSharp.dll",
                "runtimes/linux-x64/lib/net10.0/BpfSharp.Objects.dll", "runtimes/linux-x64/lib/net10.0/BpfSharp.dll",
                "tools/net10.0/BpfSharp.EmitObjects.dll",
            ], files);
        Assert.NotNull(archive.GetEntry("README.md"));
        Assert.NotNull(archive.GetEntry("LICENSE"));
    }

    // A machine of Linux is one of COFF's, with the bits of the operating system turned around.
    [Theory]
    [InlineData("runtimes/linux-x64/lib/net10.0", (int)Machine.Amd64 ^ LinuxBits)]
    [InlineData("runtimes/linux-arm64/lib/net10.0", (int)Machine.Arm64 ^ LinuxBits)]
    [InlineData("lib/net10.0", (int)Machine.I386)]
    [InlineData("analyzers/dotnet/cs", (int)Machine.I386)]
    [InlineData("tools/net10.0", (int)Machine.I386)]
    public void OnlyTheLibrariesOfAnArchitectureHaveItsCode(string folder, int machine)
    {
        using ZipArchive archive = ZipFile.OpenRead(package.Package);
        ZipArchiveEntry[] libraries = [.. archive.Entries.Where(e => Path.GetDirectoryName(e.FullName) == folder && e.Name.EndsWith(".dll", StringComparison.Ordinal))];
        Assert.NotEmpty(libraries);
        Assert.All(libraries, library =>
        {
            using MemoryStream copy = new();
            using (Stream content = library.Open()) content.CopyTo(copy);
            copy.Position = 0;
            using PEReader reader = new(copy);
            DirectoryEntry native = reader.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory;
            Assert.Equal((machine, machine != (int)Machine.I386), ((int)reader.PEHeaders.CoffHeader.Machine, native.Size > 0));
            // The header of ready-to-run code begins with this word.
            if (native.Size > 0) Assert.True(reader.GetSectionData(native.RelativeVirtualAddress).GetContent(0, 4).AsSpan().SequenceEqual("RTR\0"u8));
            // The IL is in each of them, for what the code does not fit.
            MetadataReader metadata = reader.GetMetadataReader();
            Assert.Contains(metadata.MethodDefinitions, m => metadata.GetMethodDefinition(m).RelativeVirtualAddress > 0);
        });
    }

    [Fact]
    public async Task TheHostTakesTheLibraryOfItsArchitecture()
    {
        string trace = Path.Combine(package.Output, "host.trace"), architecture = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        Run run = await Run.Of(Repository.Dotnet, [Path.Combine(package.Output, "Consumer.dll"), "own", "0"], null, ("COREHOST_TRACE", "1"), ("COREHOST_TRACEFILE", trace), ("COREHOST_TRACE_VERBOSITY", "4"));
        Assert.DoesNotContain("BadImageFormat", run.Error, StringComparison.Ordinal);
        string assemblies = Assert.Single(await File.ReadAllLinesAsync(trace), static line => line.Contains("TRUSTED_PLATFORM_ASSEMBLIES", StringComparison.Ordinal));
        foreach (string name in new[] { "BpfSharp.dll", "BpfSharp.Objects.dll" })
            Assert.EndsWith($"/runtimes/linux-{architecture}/lib/net10.0/{name}", Assert.Single(assemblies.Split(' ', '=', ':'), path => Path.GetFileName(path) == name), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ThereAreNoDependencies()
    {
        using ZipArchive archive = ZipFile.OpenRead(package.Package);
        using StreamReader reader = new(archive.GetEntry("BpfSharp.nuspec")!.Open());
        Assert.DoesNotContain("<dependency ", await reader.ReadToEndAsync(), StringComparison.Ordinal);
    }

    // The processes that the kernel counts are the second source: how many calls they make is known.
    [RootFact("dd")]
    public async Task CountsAreExact()
    {
        ulong few = await CountOfCopy(100);
        ulong many = await CountOfCopy(5_100);
        Assert.Equal(2ul * 5_000, many - few);
    }

    [RootFact]
    public async Task OwnCallsAreCountedExactly()
    {
        Run run = await Run.Successfully(Repository.Dotnet, [Path.Combine(package.Output, "Consumer.dll"), "own", "12345"]);
        Assert.Equal(["matching 12345"], run.Lines);
    }

    [PublishFact("PublishTrimmed")]
    public Task TrimmedItIsTheSame() => PublishedItIsTheSame("PublishTrimmed");

    [PublishFact("PublishAot")]
    public Task AsNativeCodeItIsTheSame() => PublishedItIsTheSame("PublishAot");

    // Warnings are errors here, too, and the consumer keeps all of the library, so that all of it is looked at.
    private async Task PublishedItIsTheSame(string property)
    {
        string output = await package.Publish(property), program = Path.Combine(output, "Consumer");
        Assert.Equal(property == "PublishAot", !File.Exists(Path.Combine(output, "BpfSharp.dll")));
        Assert.Equal(["matching 12345"], (await Run.Successfully(program, ["own", "12345"])).Lines);
        Run run = await Run.Successfully(program, ["dd", "100"]);
        Assert.StartsWith("dd ", run.Lines[0], StringComparison.Ordinal);
        Assert.Equal("dropped 0", run.Lines[^1]);
    }

    // The one reads kernel structs of the package BpfSharp.KernelTypes: libbpf finds in this kernel what its relocations name.
    [RootTheory("bpftool", "unshare")]
    [InlineData("Counter", "Count", "tracepoint  name Count")]
    [InlineData("Family", "Look", "raw_tracepoint  name Look")]
    public async Task BpftoolLoadsTheExportedObject(string name, string program, string shown)
    {
        string file = Path.Combine(package.Output, name + ".bpf.o");
        // Pinned in a BPF file system of its own, in a mount namespace of its own: both are gone when the command ends.
        string script = $"mount -t bpf bpf \"$1\" && bpftool prog loadall \"$2\" \"$1/test\" && bpftool prog show pinned \"$1/test/{program}\"";
        string folder = Directory.CreateTempSubdirectory("bpfsharp-pins-").FullName;
        try
        {
            Run run = await Run.Successfully("unshare", ["-m", "sh", "-c", script, "sh", folder, file]);
            Assert.Contains(shown, run.Output, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder);
        }
    }

    [RootFact("llvm-objdump-19")]
    public async Task LlvmDisassemblesTheExportedObject()
    {
        Run run = await Run.Successfully("llvm-objdump-19", ["-dS", Path.Combine(package.Output, "Counter.bpf.o")]);
        Assert.Contains("Disassembly of section tracepoint/raw_syscalls/sys_enter:", run.Output, StringComparison.Ordinal);
        Assert.Contains("<Count>:", run.Output, StringComparison.Ordinal);
        // The source lines are there, and each instruction is one that LLVM knows.
        Assert.Contains("; uint pid = Bpf.CurrentProcessId;", run.Output, StringComparison.Ordinal);
        Assert.Contains("call 0xe", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("<unknown>", run.Output, StringComparison.Ordinal);
    }

    private async Task<ulong> CountOfCopy(int bytes)
    {
        Run run = await Run.Successfully(Repository.Dotnet, [Path.Combine(package.Output, "Consumer.dll"), "dd", $"{bytes}"]);
        Assert.Equal("dropped 0", run.Lines[^1]);
        string count = Assert.Single(run.Lines[..^1]);
        Assert.StartsWith("dd ", count, StringComparison.Ordinal);
        return ulong.Parse(count[3..]);
    }
}
