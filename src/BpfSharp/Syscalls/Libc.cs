using System.Runtime.InteropServices;

namespace BpfSharp.Syscalls;

/// <summary>
/// The few functions of the C library that the runtime calls. Everything is blittable, so a call costs what it costs in C.
/// Functions that fail return -1 (<see cref="Map"/>: <see cref="MapFailed"/>) and leave the reason in <see cref="LastError"/>.
/// </summary>
internal static unsafe partial class Libc
{
    private const string Library = "libc";

    /// <summary><c>MAP_FAILED</c>.</summary>
    public static readonly void* MapFailed = (void*)-1;

    /// <summary><c>errno</c> of the last call on this thread; read it before anything else.</summary>
    public static Errno LastError => (Errno)(*ErrorLocation());

    // Straight from the C library: through .NET's own native library it is a second call, and a failed lookup is a usual answer.
    [LibraryImport(Library, EntryPoint = "__errno_location")]
    [SuppressGCTransition]
    private static partial int* ErrorLocation();

    /// <summary><c>syscall(2)</c> with up to three arguments.</summary>
    [LibraryImport(Library, EntryPoint = "syscall")]
    public static partial nint Syscall(nint number, nint a, void* b, nint c);

    /// <summary>
    /// The same for calls that never wait and copy little: the thread does not tell the garbage collector that it left, so a collection waits
    /// for the call as it waits for a loop of ours.
    /// </summary>
    [LibraryImport(Library, EntryPoint = "syscall")]
    [SuppressGCTransition]
    public static partial nint ShortSyscall(nint number, nint a, void* b, nint c);

    /// <summary><c>syscall(2)</c> with five arguments.</summary>
    [LibraryImport(Library, EntryPoint = "syscall")]
    public static partial nint Syscall5(nint number, void* a, nint b, nint c, nint d, nint e);

    /// <summary><c>syscall(2)</c> with five arguments, the second of them a pointer.</summary>
    [LibraryImport(Library, EntryPoint = "syscall")]
    public static partial nint SyscallAt(nint number, nint a, void* b, nint c, void* d, nint e);

    /// <summary><c>mmap(2)</c>.</summary>
    [LibraryImport(Library, EntryPoint = "mmap")]
    public static partial void* Map(void* address, nuint length, int protection, int flags, int fd, nint offset);

    /// <summary><c>madvise(2)</c>.</summary>
    [LibraryImport(Library, EntryPoint = "madvise", SetLastError = true)]
    public static partial int Advise(void* address, nuint length, int advice);

    /// <summary><c>munmap(2)</c>.</summary>
    [LibraryImport(Library, EntryPoint = "munmap")]
    public static partial int Unmap(void* address, nuint length);

    /// <summary><c>close(2)</c>.</summary>
    [LibraryImport(Library, EntryPoint = "close")]
    public static partial int Close(int fd);

    /// <summary><c>read(2)</c>.</summary>
    [LibraryImport(Library, EntryPoint = "read")]
    public static partial nint Read(int fd, void* buffer, nint length);

    /// <summary><c>lseek(2)</c>.</summary>
    [LibraryImport(Library, EntryPoint = "lseek")]
    public static partial nint Seek(int fd, nint offset, int whence);

    /// <summary><c>write(2)</c>.</summary>
    [LibraryImport(Library, EntryPoint = "write")]
    public static partial nint Write(int fd, void* buffer, nint length);

    /// <summary><c>openat(2)</c>.</summary>
    [LibraryImport(Library, EntryPoint = "openat", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int OpenAt(int directory, string path, int flags, int mode);

    /// <summary><c>ioctl(2)</c> with an integer argument.</summary>
    [LibraryImport(Library, EntryPoint = "ioctl")]
    public static partial int Ioctl(int fd, nuint request, nint argument);

    /// <summary><c>dup3(2)</c>/<c>fcntl(F_DUPFD_CLOEXEC)</c> go through this <c>fcntl(2)</c>.</summary>
    [LibraryImport(Library, EntryPoint = "fcntl")]
    public static partial int Fcntl(int fd, int command, nint argument);

    /// <summary><c>epoll_create1(2)</c>.</summary>
    [LibraryImport(Library, EntryPoint = "epoll_create1")]
    public static partial int EpollCreate(int flags);

    /// <summary><c>epoll_ctl(2)</c>.</summary>
    [LibraryImport(Library, EntryPoint = "epoll_ctl")]
    public static partial int EpollControl(int epoll, int operation, int fd, void* epollEvent);

    /// <summary><c>epoll_wait(2)</c>.</summary>
    [LibraryImport(Library, EntryPoint = "epoll_wait")]
    public static partial int EpollWait(int epoll, void* events, int maxEvents, int timeoutMilliseconds);

    /// <summary><c>eventfd(2)</c>.</summary>
    [LibraryImport(Library, EntryPoint = "eventfd")]
    public static partial int EventFd(uint initial, int flags);

    /// <summary><c>poll(2)</c>.</summary>
    [LibraryImport(Library, EntryPoint = "poll")]
    public static partial int Poll(void* entries, nuint count, int timeoutMilliseconds);

    /// <summary><c>socket(2)</c>.</summary>
    [LibraryImport(Library, EntryPoint = "socket")]
    public static partial int Socket(int domain, int type, int protocol);

    /// <summary><c>setsockopt(2)</c>.</summary>
    [LibraryImport(Library, EntryPoint = "setsockopt")]
    public static partial int SetSocketOption(int fd, int level, int option, void* value, uint length);

    /// <summary><c>getrlimit(2)</c>.</summary>
    [LibraryImport(Library, EntryPoint = "getrlimit")]
    public static partial int GetResourceLimit(int resource, ulong* limits);

    /// <summary><c>setrlimit(2)</c>.</summary>
    [LibraryImport(Library, EntryPoint = "setrlimit")]
    public static partial int SetResourceLimit(int resource, ulong* limits);

    /// <summary><c>setrlimit(2)</c> with the soft and the hard limit.</summary>
    [LibraryImport(Library, EntryPoint = "setrlimit")]
    public static partial int SetLimit(int resource, ulong* limits);

    /// <summary><c>getpid(2)</c>.</summary>
    [LibraryImport(Library, EntryPoint = "getpid")]
    public static partial int GetProcessId();

    /// <summary><c>if_nametoindex(3)</c>; 0 if there is no such interface.</summary>
    [LibraryImport(Library, EntryPoint = "if_nametoindex", StringMarshalling = StringMarshalling.Utf8)]
    public static partial uint InterfaceIndex(string name);
}
