using System.Runtime.InteropServices;

namespace BpfSharp.Benchmarks.Runtime;

/// <summary>The time that this thread ran, as the C drivers take it: what others do on the machine meanwhile does not count.</summary>
internal static partial class CpuClock
{
    private const int ThreadTime = 3;

    /// <summary>Nanoseconds of this thread.</summary>
    public static long Now
    {
        get
        {
            _ = GetTime(ThreadTime, out Time time);
            return (time.Seconds * 1_000_000_000) + time.Nanoseconds;
        }
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out Time time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Time
    {
        public long Seconds, Nanoseconds;
    }
}
