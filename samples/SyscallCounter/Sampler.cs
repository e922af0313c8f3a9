using System.Diagnostics;

namespace Samples;

/// <summary>A process and how many system calls it makes.</summary>
internal readonly record struct ProcessRate(uint Pid, string Name, double PerSecond, ulong Total);

/// <summary>Turns the counts in the kernel into rates.</summary>
internal sealed class Sampler(SyscallCounter counter)
{
    private readonly Dictionary<uint, string> _names = [];
    private Dictionary<uint, ulong> _previous = [];
    private long _time = Stopwatch.GetTimestamp();

    /// <summary>The processes since the last call, those with the most calls first.</summary>
    public List<ProcessRate> Take()
    {
        long now = Stopwatch.GetTimestamp();
        double seconds = Math.Max(Stopwatch.GetElapsedTime(_time, now).TotalSeconds, 1e-3);
        Dictionary<uint, ulong> counts = [];
        List<ProcessRate> rates = [];
        foreach ((uint pid, ulong count) in counter.Maps.Counts)
        {
            counts[pid] = count;
            ulong before = _previous.GetValueOrDefault(pid);
            // A count below the last one is a new process with an old number.
            ulong calls = count >= before ? count - before : count;
            if (calls > 0) rates.Add(new ProcessRate(pid, Name(pid), calls / seconds, count));
        }

        _previous = counts;
        _time = now;
        return [.. rates.OrderByDescending(rate => rate.PerSecond).ThenBy(rate => rate.Pid)];
    }

    // A process that ended keeps the name it had when it was seen first.
    private string Name(uint pid)
    {
        try
        {
            return _names[pid] = File.ReadAllText($"/proc/{pid}/comm").TrimEnd('\n');
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return _names.GetValueOrDefault(pid, "(ended)");
        }
    }
}
