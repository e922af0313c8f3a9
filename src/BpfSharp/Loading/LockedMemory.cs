using BpfSharp.Errors;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp.Loading;

/// <summary>
/// Before Linux 5.11 the memory of maps and programs counts against <c>RLIMIT_MEMLOCK</c>, whose usual 64 KiB a small map exceeds; the kernel then
/// answers <c>EPERM</c>. From 5.11 on the control group is charged and the limit stays as it is.
/// </summary>
internal static unsafe class LockedMemory
{
    private const int MemoryLock = 8; // RLIMIT_MEMLOCK
    private const ulong Infinity = ulong.MaxValue; // RLIM_INFINITY

    private static readonly Lazy<bool> Raised = new(Raise);

    /// <summary>Raises the limit of this process, once and as far as it may be raised, if the running kernel counts against it.</summary>
    public static void EnsureUnlimited() => _ = Raised.Value;

    private static bool Raise()
    {
        if (RunningKernel.Version >= new KernelVersion(5, 11)) return false;
        ulong* limits = stackalloc ulong[2]; // struct rlimit: soft, hard
        limits[0] = limits[1] = Infinity;
        if (Libc.SetResourceLimit(MemoryLock, limits) == 0) return true;

        // Without CAP_SYS_RESOURCE the hard limit stands; if it is too low, loading says so.
        if (Libc.GetResourceLimit(MemoryLock, limits) != 0) return false;
        limits[0] = limits[1];
        return Libc.SetResourceLimit(MemoryLock, limits) == 0;
    }
}
