using BpfSharp.KernelTests.Raw;
using BpfSharp.KernelTests.Runner;

namespace BpfSharp.KernelTests;

/// <summary>
/// The runner of the kernel matrix. <c>[--test TEXT] [--results FILE]</c> runs the tests; <c>--needs</c> shows what the running kernel has;
/// <c>--report [--whole] FILE…</c> judges results files, each named after its kernel.
/// </summary>
static class Program
{
    /// <summary>Names the needs that the kernel is known to have, so that a broken probe is a failure and not a skip.</summary>
    const string ExpectedNeedsVariable = "BPFSHARP_EXPECTED_NEEDS";

    static int Main(string[] args)
    {
        string test = "", results = "";
        for (int i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--needs":
                    return ShowNeeds();
                case "--hold" when i + 1 < args.Length:
                    return Holder.Run(args[i + 1]);
                case "--call":
                    return Caller.Run();
                case "--fork":
                    return ForkingOwner.Run();
                case "--report":
                    return Report(args[(i + 1)..]);
                case "--test" when i + 1 < args.Length:
                    test = args[++i];
                    break;
                case "--results" when i + 1 < args.Length:
                    results = args[++i];
                    break;
                default:
                    Console.Error.WriteLine($"unknown argument {args[i]}; see Runner/Program.cs");
                    return 2;
            }
        }

        return Run(test, results);
    }

    static int Run(string filter, string path)
    {
        // The file may be a serial line, which cannot be truncated or sought in.
        using var line = path.Length == 0 ? null : new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 1);
        using var file = line is null ? StreamWriter.Null : new StreamWriter(line) { AutoFlush = true };
        bool failed = false, ran = false;
        TestRun.Run(filter, Report);
        foreach (TestResult need in filter.Length == 0 ? ExpectedNeeds() : []) Report(need);
        if (!ran) Console.WriteLine("no test ran");
        return failed || !ran ? 1 : 0;

        void Report(TestResult result)
        {
            file.WriteLine(result.ToLine());
            // A panic must find the name of the test that brought it about on the other side.
            if (line is not null) Libc.tcdrain(line.SafeFileHandle);
            failed |= result.Outcome == Outcome.Failed;
            ran |= result.Ran;
            if (result.Outcome == Outcome.Started) return;
            string text = result.Text.Length == 0 ? "" : result.Outcome == Outcome.Failed ? "\n" + result.Text : ": " + result.Text.Split('\n')[0];
            Console.WriteLine($"{result.Outcome,-8} {result.Name} [{result.Milliseconds} ms]{text}");
        }
    }

    static IEnumerable<TestResult> ExpectedNeeds()
    {
        string names = Environment.GetEnvironmentVariable(ExpectedNeedsVariable) ?? "";
        foreach (string name in names.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string? missing = Enum.TryParse(name, out KernelNeeds need) ? NeedProbes.WhyMissing(need) : "there is no such need";
            Outcome outcome = missing is null ? Outcome.Passed : Outcome.Failed;
            yield return new TestResult(outcome, "", $"the kernel has {name}", 0, missing ?? "");
        }
    }

    static int ShowNeeds()
    {
        foreach (KernelNeeds need in Enum.GetValues<KernelNeeds>().Where(n => n != KernelNeeds.None))
            Console.WriteLine($"{need,-18} {NeedProbes.WhyMissing(need) ?? "present"}");
        return 0;
    }

    static int Report(string[] args)
    {
        IEnumerable<string> files = args.Where(a => a != "--whole");
        var report = new MatrixReport(files.Select(f => new KernelRun(Path.GetFileNameWithoutExtension(f), File.ReadLines(f))), args.Contains("--whole"));
        report.Write(Console.Out);
        return report.Problems.Count == 0 ? 0 : 1;
    }
}
