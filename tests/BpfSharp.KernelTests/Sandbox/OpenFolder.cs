using System.ComponentModel;
using System.Runtime.InteropServices;
using BpfSharp.KernelTests.Raw;
using Microsoft.Win32.SafeHandles;

namespace BpfSharp.KernelTests;

/// <summary>Opens folders, which .NET's own file API refuses.</summary>
static class OpenFolder
{
    const int O_DIRECTORY_CLOEXEC = 0x80000 | 0x10000; // O_CLOEXEC | O_DIRECTORY on x86-64
    const int O_DIRECTORY_CLOEXEC_ARM64 = 0x80000 | 0x4000;

    public static SafeFileHandle At(string path)
    {
        int flags = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? O_DIRECTORY_CLOEXEC_ARM64 : O_DIRECTORY_CLOEXEC;
        int fd = Libc.open(path, flags);
        return fd >= 0
            ? new SafeFileHandle(fd, ownsHandle: true)
            : throw new Win32Exception(Marshal.GetLastPInvokeError(), $"opening {path}: {Errno.Describe(Marshal.GetLastPInvokeError())}");
    }
}
