using BpfSharp.Errors;
using BpfSharp.Syscalls;

namespace BpfSharp.Links;

/// <summary>
/// The root of tracefs. Where it is not mounted it is mounted for this process alone, without a path, and gone once disposed:
/// nothing is left behind on the machine.
/// </summary>
internal sealed unsafe class TraceFileSystem : IDisposable
{
    private static readonly string[] Usual = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];
    private readonly BpfHandle? _mount;

    private TraceFileSystem(string root, BpfHandle? mount) => (Root, _mount) = (root, mount);

    /// <summary>The folder that holds <c>events</c>.</summary>
    public string Root { get; }

    /// <summary>Finds or mounts tracefs.</summary>
    /// <exception cref="BpfException">It is not mounted and cannot be.</exception>
    public static TraceFileSystem Open()
    {
        foreach (string path in Usual)
            if (Directory.Exists(path + "/events")) return new(path, null);
        return OpenPrivate();
    }

    /// <summary>Mounts tracefs for this process alone (<c>fsopen</c>, kernel 5.2).</summary>
    internal static TraceFileSystem OpenPrivate()
    {
        const nint CloseOnExec = 1, Create = 6;
        SyscallNumbers? numbers = SyscallNumbers.Current;
        nint context = -1;
        fixed (byte* name = "tracefs\0"u8)
            context = Libc.Syscall5(numbers?.FsOpen ?? -1, name, CloseOnExec, 0, 0, 0);
        if (context < 0) throw Failure(Libc.LastError);
        using BpfHandle file = new((int)context, "tracefs");
        if (Libc.SyscallAt(numbers!.FsConfig, file.Fd, (void*)Create, 0, null, 0) < 0) throw Failure(Libc.LastError);
        nint mount = Libc.Syscall(numbers.FsMount, file.Fd, (void*)CloseOnExec, 0);
        if (mount < 0) throw Failure(Libc.LastError);
        return new($"/proc/self/fd/{mount}", new BpfHandle((int)mount, "tracefs"));
    }

    /// <inheritdoc/>
    public void Dispose() => _mount?.Dispose();

    private static BpfException Failure(Errno error) => BpfError.Create((int)error, "read the tracepoints", error switch
    {
        Errno.ENODEV => "this kernel has no tracefs (CONFIG_TRACING)",
        _ => "tracefs is not mounted, and mounting it for this process alone needs CAP_SYS_ADMIN; as root: `mount -t tracefs tracefs /sys/kernel/tracing`",
    });
}
