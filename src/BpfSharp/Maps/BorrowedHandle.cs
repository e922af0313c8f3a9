using System.Runtime.InteropServices;
using BpfSharp.Errors;
using BpfSharp.Syscalls;

namespace BpfSharp.Maps;

/// <summary>Keeps somebody else's handle open while its descriptor is used.</summary>
internal readonly ref struct BorrowedHandle
{
    private readonly SafeHandle _handle;
    private readonly bool _taken;

    /// <summary>Borrows a handle.</summary>
    /// <exception cref="ObjectDisposedException">It is closed.</exception>
    public BorrowedHandle(SafeHandle handle)
    {
        _handle = handle;
        handle.DangerousAddRef(ref _taken);
    }

    /// <summary>Its descriptor.</summary>
    public int Fd => (int)_handle.DangerousGetHandle();

    /// <summary>Gives it back.</summary>
    public void Dispose()
    {
        if (_taken) _handle.DangerousRelease();
    }
}

/// <summary>Descriptors of files that maps and links refer to.</summary>
internal static class FileDescriptors
{
    private const int CurrentFolder = -100, Directory = 0x10000, DirectoryArm = 0x4000, CloseOnExec = 0x80000;

    /// <summary>Opens a folder.</summary>
    public static BpfHandle OpenFolder(string path) =>
        Open(path, (RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? DirectoryArm : Directory) | CloseOnExec);

    /// <summary>Opens a file for reading.</summary>
    public static BpfHandle OpenFile(string path) => Open(path, CloseOnExec);

    private static BpfHandle Open(string path, int flags)
    {
        ArgumentNullException.ThrowIfNull(path);
        int fd = Libc.OpenAt(CurrentFolder, path, flags, 0);
        return fd >= 0 ? new BpfHandle(fd, path) : throw BpfError.Create((int)Libc.LastError, $"open {path}");
    }
}
