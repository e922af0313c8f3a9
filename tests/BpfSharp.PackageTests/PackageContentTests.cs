using System.IO.Compression;

namespace BpfSharp.PackageTests;

/// <summary>What is in the package.</summary>
public sealed class PackageContentTests(PackageFixture package) : IClassFixture<PackageFixture>
{
    [Fact]
    public void Files()
    {
        using ZipArchive archive = ZipFile.OpenRead(package.Package);
        string[] files = [.. archive.Entries.Select(entry => entry.FullName).Where(name => Path.GetExtension(name) is ".dll" or ".props" or ".targets").Order(StringComparer.Ordinal)];
        Assert.Equal(
            [
                "analyzers/dotnet/cs/BpfSharp.Analyzers.dll", "analyzers/dotnet/cs/BpfSharp.Compiler.dll", "analyzers/dotnet/cs/BpfSharp.Objects.dll",
                "build/BpfSharp.props", "build/BpfSharp.targets", "buildTransitive/BpfSharp.props", "buildTransitive/BpfSharp.targets",
                "lib/net10.0/BpfSharp.Objects.dll", "lib/net10.0/BpfSharp.dll", "tools/net10.0/BpfSharp.EmitObjects.dll",
            ], files);
        Assert.NotNull(archive.GetEntry("README.md"));
        Assert.NotNull(archive.GetEntry("LICENSE"));
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
