namespace BpfSharp.KernelTests.Runner;

/// <summary>What a run of the kernel matrix comes to: a table, the reasons of skips, the failures, and whether all is well.</summary>
sealed class MatrixReport
{
    readonly List<KernelRun> _kernels;
    readonly List<string> _problems = [];

    /// <summary>Judges the runs; <paramref name="isWhole"/> says that they are the whole matrix, so that every test must have run in one of them.</summary>
    public MatrixReport(IEnumerable<KernelRun> kernels, bool isWhole)
    {
        _kernels = [.. kernels];
        foreach (KernelRun kernel in _kernels) _problems.AddRange(kernel.Problems.Select(p => $"{kernel.Name}: {p}"));
        if (_kernels.Count == 0) _problems.Add("no kernel was run");
        if (isWhole) _problems.AddRange(RanNowhere().Select(m => $"{m}: ran on no kernel of the matrix"));
    }

    /// <summary>Everything that is wrong; empty if the matrix is green.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Writes the report for a person, ending with the line of totals that scripts read.</summary>
    public void Write(TextWriter output)
    {
        output.WriteLine();
        output.WriteLine($"{"kernel",-36} {"passed",7} {"failed",7} {"skipped",8} {"refused",8}  run");
        foreach (KernelRun k in _kernels)
        {
            output.WriteLine($"{k.Name,-36} {k.Count(Outcome.Passed),7} {k.Count(Outcome.Failed),7} {k.Count(Outcome.Skipped),8} {k.Count(Outcome.Refused),8}  {k.Verdict}");
        }

        output.WriteLine("(refused: failed below the minimum version that the test claims, as it should)");
        foreach (KernelRun kernel in _kernels) WriteReasons(output, kernel);

        if (_problems.Count > 0) output.WriteLine();
        foreach (string problem in _problems) output.WriteLine($"FAILED {problem}");

        int passed = _kernels.Sum(k => k.Count(Outcome.Passed) + k.Count(Outcome.Refused));
        output.WriteLine();
        output.WriteLine($"matrix: {passed} passed, {_problems.Count} failed, {_kernels.Sum(k => k.Count(Outcome.Skipped))} skipped");
    }

    static void WriteReasons(TextWriter output, KernelRun kernel)
    {
        List<IGrouping<string, TestResult>> reasons = [.. kernel.Results.Where(r => r.Outcome == Outcome.Skipped).GroupBy(r => r.Text)];
        if (reasons.Count > 0) output.WriteLine($"\nskipped on {kernel.Name}:");
        foreach (IGrouping<string, TestResult> reason in reasons)
        {
            output.WriteLine($"  {reason.Key}");
            foreach (TestResult test in reason) output.WriteLine($"    {test.Name}");
        }
    }

    IEnumerable<string> RanNowhere()
    {
        List<TestResult> all = [.. _kernels.SelectMany(k => k.Results)];
        HashSet<string> ran = [.. all.Where(r => r.Ran).Select(r => r.Method)];
        return all.Select(r => r.Method).Where(m => m.Length > 0 && !ran.Contains(m)).Distinct();
    }
}
