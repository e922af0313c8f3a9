namespace BpfSharp.Kernel;

/// <summary>The timers of programs that run as ordinary .NET methods, by the number that stands in each.</summary>
internal sealed class SimulatedTimers
{
    private readonly List<Action?> _callbacks = [];
    private readonly Dictionary<ulong, (ulong Due, int Order)> _running = [];
    private int _order;

    /// <summary>A new timer's number.</summary>
    public ulong Add()
    {
        _callbacks.Add(null);
        return (ulong)_callbacks.Count;
    }

    /// <summary>Sets what a timer calls; false if it is none.</summary>
    public bool SetCallback(ulong timer, Action callback)
    {
        if (timer == 0) return false;
        _callbacks[(int)timer - 1] = callback;
        return true;
    }

    /// <summary>Starts a timer; false if it has no callback.</summary>
    public bool Start(ulong timer, ulong due)
    {
        if (timer == 0 || _callbacks[(int)timer - 1] is null) return false;
        _running[timer] = (due, _order++);
        return true;
    }

    /// <summary>Stops a timer; false if it does not run.</summary>
    public bool Cancel(ulong timer) => _running.Remove(timer);

    /// <summary>Calls what is due, earliest first.</summary>
    public int Run(ulong now)
    {
        int count = 0;
        while (_running.Where(t => t.Value.Due <= now).OrderBy(static t => t.Value).Select(static t => t.Key).FirstOrDefault() is > 0 and var next)
        {
            _running.Remove(next);
            count++;
            try
            {
                _callbacks[(int)next - 1]!();
            }
            catch (Exception e) when (e is IndexOutOfRangeException or ArithmeticException or InvalidOperationException or ArgumentException)
            {
                // A fault ends the callback, and nobody sees it.
            }
        }

        return count;
    }
}
