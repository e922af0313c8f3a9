using System.Diagnostics;
using System.Globalization;

namespace BpfSharp.KernelTests.Samples;

public class SyscallCounterTests
{
    [KernelFact(Needs = KernelNeeds.Tracepoints)]
    public void CountsTheCallsOfOneProcess()
    {
        // dd does nothing but read(2) and write(2), which the kernel counts by itself in /proc/PID/io.
        using Process busy = Process.Start("dd", ["if=/dev/zero", "of=/dev/null", "bs=1"]);
        try
        {
            ulong before = ReadsAndWrites(busy.Id);
            string output = Sample.Run("SyscallCounter", "--pid", busy.Id.ToString(CultureInfo.InvariantCulture), "--seconds", "1.5");
            ulong after = ReadsAndWrites(busy.Id);

            string[] row = output.Split('\n').Last(l => l.Contains(" dd ", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(busy.Id.ToString(CultureInfo.InvariantCulture), row[0]);
            Assert.InRange(ulong.Parse(row[^1], CultureInfo.InvariantCulture), 1000ul, after - before);
            Assert.Contains(" in 1 processes", output, StringComparison.Ordinal);
        }
        finally
        {
            busy.Kill();
            busy.WaitForExit();
        }
    }

    static ulong ReadsAndWrites(int processId) => File.ReadLines($"/proc/{processId}/io")
        .Where(l => l.StartsWith("syscr:", StringComparison.Ordinal) || l.StartsWith("syscw:", StringComparison.Ordinal))
        .Aggregate(0ul, (sum, l) => sum + ulong.Parse(l.Split(' ')[1], CultureInfo.InvariantCulture));
}
