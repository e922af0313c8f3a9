using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace BpfSharp.KernelTests.Raw;

/// <summary>The C library calls that the test infrastructure makes itself, so as not to lean on the code under test.</summary>
static partial class Libc
{
    public const int CLONE_NEWNET = 0x40000000;
    public const int MNT_DETACH = 2;

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    public static unsafe partial nint Bpf(nint number, int command, byte* attr, uint size);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    public static unsafe partial nint PerfEventOpen(nint number, byte* attr, int pid, int cpu, int groupFd, ulong flags);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    public static unsafe partial nint Seccomp(nint number, uint operation, uint flags, void* filter);

    [LibraryImport("libc", SetLastError = true)]
    public static unsafe partial int ioctl(SafeHandle descriptor, nuint request, void* argument);

    /// <summary>Waits until a serial line has sent what was written; of anything else it is an error.</summary>
    [LibraryImport("libc")]
    public static partial int tcdrain(SafeHandle descriptor);

    [LibraryImport("libc")]
    public static partial uint geteuid();

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int unshare(int flags);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int setns(int fd, int kind);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int mount(string source, string target, string type, ulong flags, string? data);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int umount2(string target, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int socket(int family, int type, int protocol);

    /// <summary>A socket of a family that .NET does not have.</summary>
    public static SafeFileHandle OpenSocket(int family, int type)
    {
        int fd = socket(family, type, 0);
        return fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw new System.ComponentModel.Win32Exception(Marshal.GetLastPInvokeError(), $"socket: {Errno.Describe(Marshal.GetLastPInvokeError())}");
    }

    /// <summary>The number of a system call on this architecture.</summary>
    public static nint NumberOf(int x64, int arm64) => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => x64,
        Architecture.Arm64 => arm64,
        var other => throw new PlatformNotSupportedException($"no system call numbers for {other}"),
    };
}
