using System.Runtime.InteropServices;

namespace BpfSharp.Benchmarks.Runtime;

/// <summary>Binds threads to processors. A driver that is started afterwards is bound as the thread that starts it, so that both sides share caches and clock.</summary>
internal static partial class CpuPinning
{
    // Not the first: it serves most interrupts.
    private const int Measured = 1;

    /// <summary>Binds this thread to the processor that is measured on; to that of a machine with one, if there is no other.</summary>
    public static void Pin() => Pin(Measured % Environment.ProcessorCount);

    /// <summary>Binds this thread to a processor, -1 for all.</summary>
    public static void Pin(int cpu)
    {
        ulong mask = cpu < 0 ? ulong.MaxValue : 1ul << cpu;
        _ = SetAffinity(0, sizeof(ulong), in mask);
    }

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nuint size, in ulong mask);
}
