using System.Runtime.InteropServices;

namespace BpfSharp.Oracle.Running;

/// <summary>Keeps the calling thread on the processor it is on, until disposed of: all runs of a program see the same values of per-CPU maps.</summary>
internal sealed partial class PinnedThread : IDisposable
{
    private const int Words = 16;

    private readonly ulong[] _before = new ulong[Words];
    private readonly bool _isPinned;

    public PinnedThread()
    {
        int processor = CurrentProcessor();
        if (processor < 0 || processor >= Words * 64 || GetAffinity(0, Words * sizeof(ulong), _before) < 0) return;
        ulong[] one = new ulong[Words];
        one[processor / 64] = 1UL << (processor % 64);
        _isPinned = SetAffinity(0, Words * sizeof(ulong), one) == 0;
    }

    public void Dispose()
    {
        if (_isPinned) _ = SetAffinity(0, Words * sizeof(ulong), _before);
    }

    [LibraryImport("libc", EntryPoint = "sched_getcpu")]
    private static partial int CurrentProcessor();

    [LibraryImport("libc", EntryPoint = "sched_getaffinity")]
    private static partial int GetAffinity(int thread, nint size, [Out] ulong[] mask);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nint size, ulong[] mask);
}
