namespace BpfSharp.Benchmarks.Runtime;

/// <summary>
/// Rounds of ours and a peer's in turn (A B B A), so that both meet the same moments of the machine. What runs after the other side finds what that one left
/// behind, such as memory that the kernel is still freeing: each side is as often the first of two.
/// </summary>
internal static class Comparison
{
    private const int WarmUp = 1000;

    /// <summary>Runs a case; ours divided by the peer's, as the median over fours of rounds.</summary>
    public static double Run(string name, int rounds, Func<double> ours, Func<double> peers, string unit = "ns")
    {
        // The first rounds compile, in several tiers, and fill caches.
        long start = Environment.TickCount64;
        for (int i = 0; i < 3 || Environment.TickCount64 - start < WarmUp; i++) (_, _) = (ours(), peers());
        rounds = (rounds + 1) / 2;
        double[] a = new double[rounds], b = new double[rounds], ratios = new double[rounds];
        for (int i = 0; i < rounds; i++)
        {
            (a[i], b[i]) = (ours(), peers());
            (b[i], a[i]) = ((b[i] + peers()) / 2, (a[i] + ours()) / 2);
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
