using System.Diagnostics;
using System.Globalization;
using System.Xml.Linq;

namespace BpfSharp.KernelTests.Samples;

/// <summary>The samples that look at processors, with a process that does a known thing.</summary>
public class CpuSampleTests
{
    [KernelFact(Minimum = "5.14", Needs = KernelNeeds.TpBtf)]
    public void RunQueueLatencyCountsHowOftenAProcessGotAProcessor()
    {
        using Process sleeper = Process.Start("sh", ["-c", "while :; do sleep 0.01; done"]);
        try
        {
            // How often it ran is what the kernel counts by itself, the third number.
            long before = Runs(sleeper.Id);
            using RunningSample latency = new("measuring", "RunQueueLatency", "--pid", $"{sleeper.Id}", "--processes");
            long first = Runs(sleeper.Id), last;
            while ((last = Runs(sleeper.Id)) < first + 20) Thread.Sleep(10);
            string output = latency.Stop();
            long after = Runs(sleeper.Id);
            long waits = long.Parse(Sample.LastLine(output, " waits")[^2], CultureInfo.InvariantCulture);
            // One run more or less at each end: it may be waiting when the programs are attached.
            Assert.InRange(waits, last - first - 1, after - before + 1);
            Assert.Contains($"sh ({sleeper.Id}): {waits} waits", output, StringComparison.Ordinal);
            Assert.Equal(waits, output.Split('\n').Where(static l => l.Contains(" to ", StringComparison.Ordinal) || l.Contains("and more", StringComparison.Ordinal)).Sum(CountOf));
        }
        finally
        {
            sleeper.Kill();
        }
    }

    [KernelFact(Needs = KernelNeeds.PerfEvents)]
    public void CpuProfilerNamesWhatRan()
    {
        using KernelSandbox sandbox = new();
        string folded = Path.Combine(sandbox.TemporaryFolder, "folded"), svg = Path.Combine(sandbox.TemporaryFolder, "graph.svg");
        using Process busy = Process.Start("dd", ["if=/dev/zero", "of=/dev/null", "bs=1"]);
        try
        {
            using RunningSample profiler = new("sampling", "CpuProfiler", "--pid", $"{busy.Id}", "--frequency", "500", "--folded", folded, "--svg", svg);
            TimeSpan start = busy.TotalProcessorTime;
            while (busy.TotalProcessorTime < start + TimeSpan.FromSeconds(0.5))
            {
                Thread.Sleep(20);
                busy.Refresh();
            }

            string output = profiler.Stop();
            (string Stack, long Count)[] stacks = [.. File.ReadLines(folded).Select(static l => (l[..l.LastIndexOf(' ')], long.Parse(l[(l.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture)))];
            long samples = stacks.Sum(static s => s.Count);
            // Half a second of the processor at 500 samples a second, and what it took to start and stop.
            Assert.InRange(samples, 100, 500 * 60);
            Assert.All(stacks, static s => Assert.StartsWith("dd", s.Stack, StringComparison.Ordinal));
            // dd is in the kernel, in read(2) and write(2), and these are called by the C library.
            Assert.Contains(stacks, static s => s.Stack.Contains("vfs_read_[k]", StringComparison.Ordinal) || s.Stack.Contains("vfs_write_[k]", StringComparison.Ordinal));
            Assert.Contains($"{samples} samples, {stacks.Length} stacks", output, StringComparison.Ordinal);

            XElement graph = XDocument.Load(svg).Root!;
            XNamespace names = "http://www.w3.org/2000/svg";
            Assert.Equal(names + "svg", graph.Name);
            string[] titles = [.. graph.Descendants(names + "title").Select(static t => t.Value)];
            Assert.Contains($"all: {samples} samples, 100.0 %", titles);
            Assert.Contains(titles, static t => t.StartsWith("vfs_", StringComparison.Ordinal));
            // The process is the box that all others hang from, and none lies outside of the drawing.
            Assert.Contains($"dd: {samples} samples, 100.0 %", titles);
            Assert.All(graph.Descendants(names + "rect"), box => Assert.True(
                Number(box, "x") >= 10 && Number(box, "x") + Number(box, "width") <= 1210.02 && Number(box, "y") >= 0 && Number(box, "y") + Number(box, "height") <= Number(graph, "height")));
        }
        finally
        {
            busy.Kill();
        }
    }

    static double Number(XElement element, string attribute) => double.Parse(element.Attribute(attribute)!.Value, CultureInfo.InvariantCulture);

    static long Runs(int processId) => long.Parse(File.ReadAllText($"/proc/{processId}/schedstat").Split(' ')[2], CultureInfo.InvariantCulture);

    static long CountOf(string row) => long.Parse(row.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3], CultureInfo.InvariantCulture);
}
