using System.Diagnostics;
using System.Globalization;

namespace BpfSharp.KernelTests.Samples;

public class ProcessTreeTests
{
    [KernelFact(Needs = KernelNeeds.TpBtf)]
    public void ShowsTheProcessesAboveAProgram()
    {
        using var sample = new RunningSample("Tracing.", "ProcessTree");
        // The shell starts it, so that there is one process in between.
        using Process shell = Process.Start("/bin/sh", ["-c", "/bin/true; true"]);
        shell.WaitForExit();
        string id = shell.Id.ToString(CultureInfo.InvariantCulture);
        string started = sample.ReadUntil($"({id}) > true(");

        // The chain from this process up, as /proc has it.
        List<string> chain = [];
        for (string process = Environment.ProcessId.ToString(CultureInfo.InvariantCulture); process != "0" && chain.Count < 14; process = Field(process, "PPid"))
        {
            chain.Insert(0, $"{File.ReadAllText($"/proc/{process}/comm").TrimEnd('\n')}({process})");
        }
        string[] parts = started.Split(" > ");
        Assert.Equal(chain, parts[..^2]);
        Assert.EndsWith($"({id})", parts[^2], StringComparison.Ordinal);
        Assert.EndsWith(") /bin/true", parts[^1], StringComparison.Ordinal);
        sample.Stop();
    }

    private static string Field(string process, string key) =>
        File.ReadLines($"/proc/{process}/status").Single(l => l.StartsWith(key + ":", StringComparison.Ordinal)).Split('\t')[1];
}
