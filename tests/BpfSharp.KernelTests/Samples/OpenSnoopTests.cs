using Microsoft.Win32.SafeHandles;

namespace BpfSharp.KernelTests.Samples;

public class OpenSnoopTests
{
    [KernelFact(Needs = KernelNeeds.Tracepoints)]
    public void TellsWhatThisProcessOpens()
    {
        using KernelSandbox sandbox = new();
        string file = Path.Combine(sandbox.TemporaryFolder, "there"), missing = Path.Combine(sandbox.TemporaryFolder, "missing");
        File.WriteAllText(file, "");
        using RunningSample snoop = new("TIME", "OpenSnoop", "--pid", $"{Environment.ProcessId}");
        // The descriptor that this process got is the second source.
        using SafeFileHandle handle = File.OpenHandle(file);
        Assert.Throws<FileNotFoundException>(() => File.OpenHandle(missing));
        string[] found = Words(snoop.ReadUntil(file)), failed = Words(snoop.ReadUntil(missing));
        Assert.Equal(["fd", $"{handle.DangerousGetHandle()}", file], found[^3..]);
        Assert.Equal($"{Environment.ProcessId}", found[1]);
        Assert.Equal(["ENOENT", missing], failed[^2..]);
        snoop.Stop();
    }

    [KernelFact(Needs = KernelNeeds.Tracepoints)]
    public void ShowsFailuresOnly()
    {
        using KernelSandbox sandbox = new();
        string file = Path.Combine(sandbox.TemporaryFolder, "there"), missing = Path.Combine(sandbox.TemporaryFolder, "missing");
        File.WriteAllText(file, "");
        using RunningSample snoop = new("TIME", "OpenSnoop", "--failed");
        File.OpenHandle(file).Dispose();
        Assert.Throws<FileNotFoundException>(() => File.OpenHandle(missing));
        snoop.ReadUntil(missing);
        Assert.DoesNotContain(file, snoop.Stop(), StringComparison.Ordinal);
    }

    static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
