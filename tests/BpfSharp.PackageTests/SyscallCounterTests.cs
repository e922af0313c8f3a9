using System.Diagnostics;
using BpfSharp.Syscalls;

namespace BpfSharp.PackageTests;

/// <summary>The sample: what it shows, what it says when it cannot, and what it leaves behind.</summary>
public sealed class SyscallCounterTests
{
    private static readonly (string Kind, BpfCommand Open)[] s_kinds =
        [("prog_id", BpfCommand.ProgramFromId), ("map_id", BpfCommand.MapFromId), ("link_id", BpfCommand.LinkFromId)];

    [RootFact]
    public async Task ShowsTheBusiestProcess()
    {
        // A process that does nothing but system calls.
        using Process busy = Run.Start("dd", ["if=/dev/zero", "of=/dev/null", "bs=1"]);
        try
        {
            Run run = await Run.Successfully(Repository.Dotnet, [Repository.SyscallCounter, "--seconds", "2.5", "--pid", $"{busy.Id}"]);
            string[] rows = [.. run.Lines.Where(line => line.Contains(" dd ", StringComparison.Ordinal))];
            Assert.NotEmpty(rows);
            Assert.All(rows, row => Assert.StartsWith($"{busy.Id} dd ", string.Join(' ', row.Split(' ', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal));
            Assert.Contains(" in 1 processes", run.Output, StringComparison.Ordinal);
        }
        finally
        {
            busy.Kill();
        }
    }

    [Theory]
    [InlineData("--seconds", "soon")]
    [InlineData("--seconds", "-1")]
    [InlineData("--pid")]
    [InlineData("--colour")]
    public async Task WrongArgumentsAreNamed(params string[] arguments)
    {
        Run run = await Run.Of(Repository.Dotnet, [Repository.SyscallCounter, .. arguments]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(arguments[0], OneLine(run), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help()
    {
        Run run = await Run.Successfully(Repository.Dotnet, [Repository.SyscallCounter, "--help"]);
        foreach (string option in new[] { "--seconds", "--pid", "--help" }) Assert.Contains(option, run.Output, StringComparison.Ordinal);
    }

    [RootFact("setpriv")]
    public async Task WithoutPrivilegeItSaysWhatIsMissing()
    {
        Run run = await Run.Of("setpriv", ["--bounding-set=-all", "--inh-caps=-all", Repository.Dotnet, Repository.SyscallCounter, "--seconds", "1"]);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("CAP_BPF", OneLine(run), StringComparison.Ordinal);
    }

    [RootFact("unshare")]
    public async Task WithoutTracefsItMountsItForItselfAlone()
    {
        const string script = "umount -l /sys/kernel/tracing /sys/kernel/debug/tracing /sys/kernel/debug 2>/dev/null; test ! -e /sys/kernel/tracing/events && exec \"$@\"";
        await Run.Successfully("unshare", ["-m", "sh", "-c", script, "sh", Repository.Dotnet, Repository.SyscallCounter, "--seconds", "1"]);
    }

    [RootFact]
    public async Task InterruptedItEndsByItselfAndLeavesNothing()
    {
        using Process process = StartAndWaitForFrame(out List<(BpfCommand Open, uint Id)> objects);
        using Process kill = Run.Start("kill", ["-INT", $"{process.Id}"]);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        AssertGone(objects);
    }

    [RootFact]
    public async Task KilledItLeavesNothing()
    {
        using Process process = StartAndWaitForFrame(out List<(BpfCommand Open, uint Id)> objects);
        process.Kill();
        await process.WaitForExitAsync();
        AssertGone(objects);
        // And the next one runs as the first did.
        await Run.Successfully(Repository.Dotnet, [Repository.SyscallCounter, "--seconds", "1"]);
    }

    private static Process StartAndWaitForFrame(out List<(BpfCommand Open, uint Id)> objects)
    {
        Process process = Run.Start(Repository.Dotnet, [Repository.SyscallCounter]);
        Assert.NotNull(process.StandardOutput.ReadLine());
        objects = [];
        foreach (string file in Directory.GetFiles($"/proc/{process.Id}/fdinfo"))
            foreach (string[] field in Lines(file).Select(line => line.Split('\t')))
                foreach ((string kind, BpfCommand open) in s_kinds)
                    if (field[0] == kind + ":") objects.Add((open, uint.Parse(field[1])));
        foreach ((string kind, BpfCommand open) in s_kinds) Assert.True(objects.Exists(o => o.Open == open), $"the sample holds no {kind}");
        return process;
    }

    /// <summary>Lines of a file of the process's, none if it closed the descriptor meanwhile.</summary>
    private static string[] Lines(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (FileNotFoundException)
        {
            return [];
        }
    }

    // The kernel frees an object a moment after its last user is gone.
    private static void AssertGone(List<(BpfCommand Open, uint Id)> objects)
    {
        List<(BpfCommand Open, uint Id)> left = objects;
        for (int attempt = 0; attempt < 200 && left.Count > 0; attempt++)
        {
            if (attempt > 0) Thread.Sleep(50);
            left = left.FindAll(o => Exists(o.Open, o.Id));
        }

        Assert.Empty(left);
    }

    private static bool Exists(BpfCommand open, uint id)
    {
        int descriptor = BpfSyscall.FromId(open, id);
        if (descriptor >= 0) new BpfHandle(descriptor, "object").Dispose();
        return descriptor != -(int)Errno.ENOENT;
    }

    private static string OneLine(Run run)
    {
        string line = Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("SyscallCounter: ", line, StringComparison.Ordinal);
        Assert.Empty(run.Output);
        return line;
    }
}
