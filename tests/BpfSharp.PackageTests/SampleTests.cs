namespace BpfSharp.PackageTests;

/// <summary>The habits that all samples have in common. What each shows is tested on every kernel of the matrix.</summary>
public sealed class SampleTests
{
    /// <summary>Each sample with what it cannot do without.</summary>
    public static TheoryData<string, string[]> All => new()
    {
        { "SyscallCounter", [] },
        { "OpenSnoop", [] },
        { "PacketCounter", ["--interface", "lo"] },
        { "Firewall", ["--interface", "lo", "--policy", "/dev/null"] },
        { "RateLimiter", ["--interface", "lo"] },
        { "TrafficAccounting", ["--interface", "lo"] },
        { "RunQueueLatency", [] },
        { "CpuProfiler", [] },
        { "ProcessTree", [] },
        { "SocketTracer", [] },
    };

    [Theory]
    [MemberData(nameof(All))]
    public async Task Help(string name, string[] arguments)
    {
        Run run = await Of(name, ["--help"]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        foreach (string option in arguments.Where(static a => a.StartsWith("--", StringComparison.Ordinal)).Append("--seconds").Append("--help"))
            Assert.Contains(option, run.Output, StringComparison.Ordinal);
        Assert.All(run.Lines, static line => Assert.InRange(line.Length, 0, 80));
        Assert.True(File.Exists(Path.Combine(Repository.Root, $"docs/samples/{name}.md")));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task WrongArgumentsAreNamed(string name, string[] arguments)
    {
        foreach (string[] wrong in new string[][] { ["--colour"], ["--seconds"], ["--seconds", "soon"], ["--seconds", "-1"] })
        {
            Run run = await Of(name, [.. arguments, .. wrong]);
            Assert.Equal(2, run.ExitCode);
            Assert.Contains(wrong[0], OneLine(run, name), StringComparison.Ordinal);
        }

        if (arguments.Length == 0) return;
        Run incomplete = await Of(name, []);
        Assert.Equal(2, incomplete.ExitCode);
        Assert.Contains(arguments[0], OneLine(incomplete, name), StringComparison.Ordinal);
    }

    // As far as the packages that a publish restores: building would change what the other tests run.
    [Theory]
    [InlineData("PublishTrimmed")]
    [InlineData("PublishAot")]
    [InlineData("PublishReadyToRun")]
    public async Task ASampleIsPublishedFromTheRepository(string property)
    {
        string graph = Path.GetTempFileName();
        try
        {
            await Run.Successfully(
                Repository.Dotnet,
                ["msbuild", Path.Combine(Repository.Root, "samples/PacketCounter"), "-t:GenerateRestoreGraphFile", $"-p:RestoreGraphOutputPath={graph}", $"-p:{property}=true", "-nodeReuse:false"]);
            Assert.Contains("BpfSharp.Compiler.csproj", await File.ReadAllTextAsync(graph), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(graph);
        }
    }

    [Theory]
    [InlineData("SyscallCounter")]
    [InlineData("OpenSnoop")]
    [InlineData("RunQueueLatency")]
    [InlineData("CpuProfiler")]
    public async Task AProcessThatIsNotThereIsNamed(string name)
    {
        Run run = await Of(name, ["--pid", "4194305"]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("4194305", OneLine(run, name), StringComparison.Ordinal);
    }

    [RootFact]
    public async Task TheProfilerSaysAtOnceWhatItCannotWrite()
    {
        // It would sample until it is ended.
        Run run = await Of("CpuProfiler", ["--svg", "/nowhere/graph.svg"]);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("/nowhere/graph.svg", OneLine(run, "CpuProfiler"), StringComparison.Ordinal);
    }

    [RootTheory("setpriv")]
    [MemberData(nameof(All))]
    public async Task WithoutPrivilegeTheySayWhatIsMissing(string name, string[] arguments)
    {
        Run run = await Run.Of("setpriv", ["--bounding-set=-all", "--inh-caps=-all", Repository.Dotnet, Repository.Sample(name), .. arguments, "--seconds", "1"]);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("CAP_BPF", OneLine(run, name), StringComparison.Ordinal);
    }

    [RootTheory]
    [InlineData("PacketCounter", "nowhere0")]
    [InlineData("RateLimiter", "nowhere0")]
    [InlineData("TrafficAccounting", "nowhere0")]
    public async Task AnInterfaceThatIsNotThereIsNamed(string name, string networkInterface)
    {
        Run run = await Of(name, ["--interface", networkInterface]);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(networkInterface, OneLine(run, name), StringComparison.Ordinal);
    }

    private static Task<Run> Of(string name, string[] arguments) => Run.Of(Repository.Dotnet, [Repository.Sample(name), .. arguments]);

    private static string OneLine(Run run, string name)
    {
        string line = Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith(name + ": ", line, StringComparison.Ordinal);
        Assert.Empty(run.Output);
        return line;
    }
}
