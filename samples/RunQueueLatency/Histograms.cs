using System.Globalization;
using Spectre.Console;

namespace Samples;

/// <summary>Draws histograms of waiting times.</summary>
internal static class Histograms
{
    private const int Width = 40;

    /// <summary>Draws one of all processes, or one of each.</summary>
    public static void Write(RunQueueLatency latency, bool each)
    {
        List<(string Title, uint[] Slots)> histograms = [];
        foreach ((uint process, RunQueueLatency.Histogram histogram) in latency.Maps.Histograms)
        {
            ReadOnlySpan<uint> slots = histogram.Slots;
            histograms.Add(($"{histogram.Command} ({process})", slots.ToArray()));
        }

        if (!each)
        {
            uint[] sum = new uint[RunQueueLatency.SlotCount];
            foreach ((_, uint[] slots) in histograms)
                for (int i = 0; i < sum.Length; i++) sum[i] += slots[i];
            histograms = [("all processes", sum)];
        }

        foreach ((string title, uint[] slots) in histograms.OrderBy(static h => h.Slots.Sum(static n => n))) Draw(title, slots);
    }

    private static void Draw(string title, uint[] slots)
    {
        Console.WriteLine();
        Console.WriteLine($"{title}: {slots.Sum(static n => n)} waits");
        int last = Array.FindLastIndex(slots, static n => n > 0);
        if (last < 0) return;
        uint most = slots.Max();
        Console.WriteLine($"{"MICROSECONDS",-21} {"COUNT",10}");
        for (int i = 0; i <= last; i++)
        {
            long from = i == 0 ? 0 : 1L << i, to = (1L << (i + 1)) - 1;
            string range = i == slots.Length - 1 ? $"{from} and more" : $"{from} to {to}";
            string bar = new('█', (int)((slots[i] * (long)Width + most - 1) / most));
            string line = string.Create(CultureInfo.InvariantCulture, $"{range,-21} {slots[i],10} ");
            if (Console.IsOutputRedirected) Console.WriteLine((line + bar).TrimEnd());
            else AnsiConsole.MarkupLineInterpolated($"{line}[green]{bar}[/]");
        }
    }
}
