using System.Runtime.InteropServices;

namespace BpfSharp.Syscalls;

/// <summary>The numbers of the system calls that the C library has no function for; they depend on the architecture.</summary>
/// <param name="Bpf"><c>__NR_bpf</c>.</param>
/// <param name="PerfEventOpen"><c>__NR_perf_event_open</c>.</param>
/// <param name="FsOpen"><c>__NR_fsopen</c> (kernel 5.2).</param>
/// <param name="FsConfig"><c>__NR_fsconfig</c> (kernel 5.2).</param>
/// <param name="FsMount"><c>__NR_fsmount</c> (kernel 5.2).</param>
internal sealed record SyscallNumbers(int Bpf, int PerfEventOpen, int FsOpen, int FsConfig, int FsMount)
{
    private static readonly SyscallNumbers X64 = new(321, 298, 430, 431, 432);
    private static readonly SyscallNumbers Generic = new(280, 241, 430, 431, 432);

    /// <summary>The numbers of the machine this runs on, null if it has none of ours (not Linux, or another architecture).</summary>
    public static SyscallNumbers? Current { get; } =
        !OperatingSystem.IsLinux() ? null
        : RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => X64,
            Architecture.Arm64 or Architecture.RiscV64 or Architecture.LoongArch64 => Generic,
            _ => null,
        };

    /// <summary>The number of <c>bpf(2)</c>, -1 (which the kernel answers with <c>ENOSYS</c>) where there is none.</summary>
    public static readonly nint BpfNumber = Current?.Bpf ?? -1;
}
