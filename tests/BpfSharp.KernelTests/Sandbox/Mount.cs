using System.ComponentModel;
using System.Runtime.InteropServices;
using BpfSharp.KernelTests.Raw;

namespace BpfSharp.KernelTests;

/// <summary>A mounted file system, unmounted when disposed.</summary>
public sealed class Mount : IDisposable
{
    Mount(string path) => Path = path;

    /// <summary>Where it is mounted.</summary>
    public string Path { get; }

    /// <summary>Mounts a file system that has no device, such as bpf or tracefs.</summary>
    public static Mount At(string type, string path) => Libc.mount(type, path, type, 0, null) == 0
        ? new Mount(path)
        : throw new Win32Exception(Marshal.GetLastPInvokeError(), $"mounting {type} at {path}: {Errno.Describe(Marshal.GetLastPInvokeError())}");

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Libc.umount2(Path, Libc.MNT_DETACH) != 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError(), $"unmounting {Path}: {Errno.Describe(Marshal.GetLastPInvokeError())}");
    }
}
