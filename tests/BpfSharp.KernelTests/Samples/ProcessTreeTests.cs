using System.Diagnostics;
using System.Globalization;

namespace BpfSharp.KernelTests.Samples;

public class ProcessTreeTests
{
    [KernelFact(Needs = KernelNeeds.TpBtf)]
    public void ShowsTheProcessesAboveAProgram()
    {
        int id = 0;
        List<string> lines = Sample.Watch(
            "ProcessTree",
            [],
            () =>
            {
                // The shell starts it, so that there is one process in between.
                using Process shell = Process.Start("/bin/sh", ["-c", "/bin/true; true"]);
                id = shell.Id;
                shell.WaitForExit();
            },
            l => l.Exists(line => line.EndsWith(" /bin/true", StringComparison.Ordinal) && line.Contains($"({id.ToString(CultureInfo.InvariantCulture)}) > ", StringComparison.Ordinal)));

        // The chain from this process up, as /proc has it.
        List<string> chain = [];
        for (string process = Environment.ProcessId.ToString(CultureInfo.InvariantCulture); process != "0" && chain.Count < 14; process = Field(process, "PPid"))
        {
            chain.Insert(0, $"{File.ReadAllText($"/proc/{process}/comm").TrimEnd('\n')}({process})");
        }
        string started = lines.Last(static l => l.EndsWith(" /bin/true", StringComparison.Ordinal));
        string[] parts = started.Split(" > ");
        Assert.Equal(chain, parts[..^2]);
        Assert.EndsWith($"({id.ToString(CultureInfo.InvariantCulture)})", parts[^2], StringComparison.Ordinal);
        Assert.StartsWith("true(", parts[^1], StringComparison.Ordinal);
    }

    private static string Field(string process, string key) =>
        File.ReadLines($"/proc/{process}/status").Single(l => l.StartsWith(key + ":", StringComparison.Ordinal)).Split('\t')[1];
}
