using BpfSharp;

namespace Samples;

/// <summary>A stack, outermost function first, and how often it was found.</summary>
internal sealed record FoldedStack(string[] Frames, ulong Count)
{
    /// <summary>As flame graph tools read it.</summary>
    public override string ToString() => $"{string.Join(';', Frames)} {Count}";
}

/// <summary>What the programs collected, with names.</summary>
internal sealed class Profile(CpuProfiler profiler)
{
    private readonly BpfSymbols _symbols = new();
    private readonly HashSet<uint> _known = [];

    /// <summary>Waits, and looks at each process while it runs: one that has ended has no names any more.</summary>
    public async Task CollectAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), stop).ContinueWith(static _ => { }, TaskScheduler.Default);
            foreach ((CpuProfiler.Sample sample, _) in profiler.Maps.Counts)
                if (_known.Add(sample.ProcessId)) _symbols.User((int)sample.ProcessId, profiler.Maps.Stacks.GetFrames(sample.UserStack));
        }
    }

    /// <summary>The stacks: the process, its functions, then those of the kernel.</summary>
    public List<FoldedStack> Stacks()
    {
        Dictionary<string, FoldedStack> stacks = [];
        foreach ((CpuProfiler.Sample sample, ulong count) in profiler.Maps.Counts)
        {
            string[] frames =
            [
                sample.Command.ToString(),
                .. Names(_symbols.User((int)sample.ProcessId, profiler.Maps.Stacks.GetFrames(sample.UserStack)), ""),
                .. Names(_symbols.Kernel(profiler.Maps.Stacks.GetFrames(sample.KernelStack)), "_[k]"),
            ];
            // Addresses in one function are one frame.
            string key = string.Join(';', frames);
            stacks[key] = new FoldedStack(frames, count + (stacks.TryGetValue(key, out FoldedStack? same) ? same.Count : 0));
        }

        return [.. stacks.Values.OrderByDescending(static s => s.Count).ThenBy(static s => s.ToString(), StringComparer.Ordinal)];
    }

    /// <summary>The functions that were found running most often.</summary>
    public static ScreenTable Table(List<FoldedStack> stacks)
    {
        double all = stacks.Sum(static s => (double)s.Count);
        List<string[]> rows = [.. stacks.GroupBy(static s => (Process: s.Frames[0], Function: s.Frames[^1]))
            .Select(static g => (g.Key.Process, g.Key.Function, Count: g.Sum(static s => (double)s.Count)))
            .OrderByDescending(static r => r.Count).ThenBy(static r => r.Function, StringComparer.Ordinal).Take(25)
            .Select(r => new[] { Screen.Number(r.Count), $"{r.Count / all:P1}", r.Process, r.Function })];
        return new ScreenTable([">samples", ">share", "process", "function"], rows, $"{all:F0} samples, {stacks.Count} stacks");
    }

    private static IEnumerable<string> Names(BpfSymbol[] symbols, string ending) =>
        // A semicolon separates frames.
        symbols.Reverse().Select(symbol => symbol.Label.Replace(';', ':') + ending);
}
