namespace BpfSharp.Benchmarks.Runtime;

/// <summary>Rounds of ours and a peer's in turn (A B A B), so that both meet the same moments of the machine.</summary>
internal static class Comparison
{
    private const int WarmUp = 1000;

    /// <summary>Runs a case; ours divided by the peer's, as the median of the pairs.</summary>
    public static double Run(string name, int rounds, Func<double> ours, Func<double> peers, string unit = "ns")
    {
        // The first rounds compile, in several tiers, and fill caches.
        long start = Environment.TickCount64;
        for (int i = 0; i < 3 || Environment.TickCount64 - start < WarmUp; i++) (_, _) = (ours(), peers());
        double[] a = new double[rounds], b = new double[rounds], ratios = new double[rounds];
        for (int i = 0; i < rounds; i++)
        {
            if (i % 2 == 0) (a[i], b[i]) = (ours(), peers());
            else (b[i], a[i]) = (peers(), ours());
            ratios[i] = a[i] / b[i];
        }

        Array.Sort(ratios);
        double ratio = ratios[rounds / 2];
        Console.WriteLine($"{name,-24} {Median(a),14:n2} {Median(b),14:n2} {unit,-6} {ratio,7:f3}   ({ratios[rounds / 4]:f3} to {ratios[rounds * 3 / 4]:f3})");
        return ratio;
    }

    /// <summary>The head of the table.</summary>
    public static void Head() => Console.WriteLine($"{"case",-24} {"ours",14} {"libbpf",14} {"",-6} {"ratio",7}   quartiles");

    private static double Median(double[] values)
    {
        double[] sorted = [.. values];
        Array.Sort(sorted);
        return sorted[sorted.Length / 2];
    }
}
