using System.Runtime.InteropServices;

namespace BpfSharp.Benchmarks.Build;

/// <summary>The processor time of the processes that this one started and that have ended, with theirs: what others run meanwhile does not count.</summary>
internal static unsafe partial class ChildrenClock
{
    private const int Children = -1;

    /// <summary>Milliseconds of processor time that <paramref name="action"/> makes other processes take.</summary>
    public static double Measure(Action action)
    {
        double before = Now;
        action();
        return Now - before;
    }

    private static double Now
    {
        get
        {
            Usage usage;
            _ = GetUsage(Children, &usage);
            return ((usage.UserSeconds + usage.SystemSeconds) * 1e3) + ((usage.UserMicroseconds + usage.SystemMicroseconds) / 1e3);
        }
    }

    [LibraryImport("libc", EntryPoint = "getrusage")]
    private static partial int GetUsage(int who, Usage* usage);

    /// <summary><c>struct rusage</c>; of the rest nothing is read.</summary>
    private struct Usage
    {
        public nint UserSeconds, UserMicroseconds, SystemSeconds, SystemMicroseconds;
#pragma warning disable CS0169 // Room for what the kernel writes.
        private fixed long _rest[14];
#pragma warning restore CS0169
    }
}
