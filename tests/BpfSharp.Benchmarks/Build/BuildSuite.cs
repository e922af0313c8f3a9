using BpfSharp.Benchmarks.Code;

namespace BpfSharp.Benchmarks.Build;

/// <summary>
/// What a program costs while it is built: the generator in a compiler that was just started (what the compiler takes with the program beyond what
/// it takes without), in one that runs, and after edits; a whole build with and without the program. The peer is what a user of libbpf runs for the same program: clang, then <c>bpftool gen skeleton</c>. All times are processor time.
/// </summary>
internal static class BuildSuite
{
    private const int Rounds = 15;
    private const int WarmUpRounds = 60;
    private const int ProcessRounds = 3;

    /// <summary>Runs the suite; 0 if every program was compared.</summary>
    public static int Run()
    {
        try
        {
            using Clang clang = new();
            List<Times> all = [];
            Console.WriteLine($"{"program (CPU ms)",-18} {"clang",8} {"skeleton",9} {"cold",8} {"warm",8} {"edit",8} {"elsewhere",10}");
            CodeCase[] cases = [.. CodeCases.All.Where(static c => File.Exists(SourceOf(c.Name)))];
            WarmUp(cases);
            foreach (CodeCase @case in cases) all.Add(Measure(clang, @case));
            (double without, double with) = ProjectBuilds.Measure(SourceOf("RateLimiter"), ProcessRounds);
            double peer = all.Single(static t => t.Name == "RateLimiter").Peer;
            Console.WriteLine($"dotnet build of a project: {without:f0} ms of processor time without a program, {with:f0} ms with RateLimiter; clang and the skeleton take {peer:f0} ms");
            string dotnet = (Math.Max(with - without, 1) / peer).ToString("f3");
            Console.WriteLine($"RATIO build cold={Ratio(all, static t => t.Cold)} warm={Ratio(all, static t => t.Warm)} edit={Ratio(all, static t => t.Edit)} elsewhere={Ratio(all, static t => t.Elsewhere)} dotnet={dotnet}");
            return 0;
        }
        catch (Exception e) when (e is PeerMissingException or InvalidOperationException or IOException)
        {
            Console.Error.WriteLine($"build: {e.Message}");
            return 1;
        }
    }

    /// <summary>A compiler that runs: until the JIT has compiled what all programs need for good, its work would be counted as the first programs'.</summary>
    private static void WarmUp(CodeCase[] cases)
    {
        GeneratorTimer[] timers = [.. cases.Select(static c => new GeneratorTimer(File.ReadAllText(SourceOf(c.Name))))];
        for (int round = 0; round < WarmUpRounds; round++)
        {
            foreach (GeneratorTimer timer in timers)
            {
                timer.Whole();
                timer.AfterEdit();
                timer.AfterEditElsewhere();
            }
        }
    }

    private static Times Measure(Clang clang, CodeCase @case)
    {
        string path = clang.Compile(@case.Peer, "v3");
        double compile = Fastest(ProcessRounds, () => ChildrenClock.Measure(() => clang.Compile(@case.Peer, "v3")));
        double skeleton = Fastest(ProcessRounds, () => ChildrenClock.Measure(() => Tool.Run("bpftool", "gen", "skeleton", path)));
        double cold = ProjectBuilds.Cold(SourceOf(@case.Name), ProcessRounds);
        GeneratorTimer timer = new(File.ReadAllText(SourceOf(@case.Name)));
        for (int i = 0; i < Rounds; i++)
        {
            timer.Whole();
            timer.AfterEdit();
        }
        Times times = new(@case.Name, compile + skeleton, cold, Fastest(Rounds, timer.Whole), Fastest(Rounds, timer.AfterEdit), Fastest(Rounds, timer.AfterEditElsewhere));
        Console.WriteLine($"{@case.Name,-18} {compile,8:f1} {skeleton,9:f1} {times.Cold,8:f1} {times.Warm,8:f1} {times.Edit,8:f1} {times.Elsewhere,10:f2}");
        return times;
    }

    private static string SourceOf(string program) => Path.Combine(AppContext.BaseDirectory, "Programs", program + ".cs");

    /// <summary>The fastest round: what else runs on the machine only adds.</summary>
    private static double Fastest(int rounds, Func<double> measure) => Enumerable.Range(0, rounds).Min(_ => measure());

    private static string Ratio(List<Times> all, Func<Times, double> ours) => Math.Exp(all.Average(t => Math.Log(ours(t) / t.Peer))).ToString("f3");

    private sealed record Times(string Name, double Peer, double Cold, double Warm, double Edit, double Elsewhere);
}
