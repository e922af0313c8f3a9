using BpfSharp.Errors;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Syscalls;

/// <summary>
/// Kernels before 5.11 charge maps and programs to the limit of locked memory (<c>RLIMIT_MEMLOCK</c>), which is 64 KiB by default, and answer
/// <c>EPERM</c> beyond it. As libbpf does, the limit of this process is lifted there before the first map or program.
/// </summary>
internal static unsafe class MemoryLimit
{
    private const int LockedMemory = 8;
    private static readonly KernelVersion ChargedToControlGroups = new(5, 11);
    private static readonly Lazy<bool> Lifted = new(Lift);

    /// <summary>Lifts the limit where that is needed and allowed; otherwise nothing changes.</summary>
    public static void Raise() => _ = Lifted.Value;

    private static bool Lift()
    {
        if (RunningKernel.Version >= ChargedToControlGroups) return false;
        ulong* unlimited = stackalloc ulong[] { ulong.MaxValue, ulong.MaxValue };
        return Libc.SetLimit(LockedMemory, unlimited) == 0;
    }
}
