namespace BpfSharp.KernelTests.Runner;

/// <summary>The results of one kernel, read from the file that the run left.</summary>
sealed class KernelRun
{
    readonly string _verdictText = "";

    /// <summary>Takes the lines of a results file.</summary>
    public KernelRun(string name, IEnumerable<string> lines)
    {
        Name = name;
        Verdict = "died";
        foreach (TestResult result in lines.Select(TestResult.Parse).OfType<TestResult>())
        {
            if (result.Outcome == Outcome.Started) LastStarted = result.Name;
            else if (result.Outcome == Outcome.Verdict) (Verdict, _verdictText) = (result.Name, result.Text);
            else Results.Add(result);
        }
    }

    /// <summary>The kernel's release, or what the matrix calls it.</summary>
    public string Name { get; }

    /// <summary>How the run as a whole went: "ended", "hang", "panic" or "died".</summary>
    public string Verdict { get; }

    /// <summary>The test that began last.</summary>
    public string? LastStarted { get; }

    /// <summary>What the tests came to.</summary>
    public List<TestResult> Results { get; } = [];

    /// <summary>How many tests ended so.</summary>
    public int Count(Outcome outcome) => Results.Count(r => r.Outcome == outcome);

    /// <summary>Everything that makes this run a failure.</summary>
    public IEnumerable<string> Problems
    {
        get
        {
            foreach (TestResult test in Results.Where(r => r.Outcome == Outcome.Failed)) yield return $"{test.Name}\n{Indent(test.Text)}";
            if (Verdict != "ended") yield return $"{Verdict} in {LastStarted ?? "the boot"}\n{Indent(_verdictText)}";
            else if (!Results.Exists(r => r.Ran)) yield return "no test ran";
            else if (LastStarted is { } last && !Results.Exists(r => r.Name == last)) yield return $"{last} began and never ended";
        }
    }

    static string Indent(string text) => string.Join('\n', text.TrimEnd().Split('\n').Select(l => "    " + l));
}
