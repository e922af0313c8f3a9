using BpfSharp.Oracle.Bundles;

namespace BpfSharp.KernelTests;

/// <summary>
/// Random programs from fixed seeds, compiled and run in .NET when the tests were built (tests/BpfSharp.Oracle): this kernel takes them and computes the same.
/// A long run (build/oracle.sh) names another file of them.
/// </summary>
public sealed class RandomProgramTests
{
    private const string FileVariable = "BPFSHARP_ORACLE_BUNDLE";

    [KernelFact]
    public void TheKernelComputesWhatNetComputes()
    {
        string file = Environment.GetEnvironmentVariable(FileVariable) is { Length: > 0 } named ? named : Path.Combine(AppContext.BaseDirectory, "random.bundle");
        Version kernel = Environment.OSVersion.Version;
        int programs = 0;
        Dictionary<Verdict, int> verdicts = [];
        List<string> failures = [];
        foreach (BundledProgram program in BundledProgram.ReadAll(file).Where(p => p.Kernel.CompareTo((kernel.Major, kernel.Minor)) <= 0))
        {
            programs++;
            (Verdict verdict, string text) = BundleCheck.Run(program);
            verdicts[verdict] = verdicts.GetValueOrDefault(verdict) + 1;
            if (verdict != Verdict.Same && failures.Count < 20) failures.Add($"seed {program.Seed}: {verdict}: {text}");
        }
        string sum = string.Join(", ", Enum.GetValues<Verdict>().Select(v => $"{verdicts.GetValueOrDefault(v)} {v}"));
        Console.WriteLine($"oracle: {programs} programs on {kernel.ToString(3)}: {sum}");
        Assert.True(failures.Count == 0, $"{sum}\n{string.Join("\n", failures)}");
        Assert.True(programs > 0, "no program of the file is for this kernel");
    }
}
