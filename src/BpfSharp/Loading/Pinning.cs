using System.Text;
using BpfSharp.Errors;
using BpfSharp.Syscalls;

namespace BpfSharp.Loading;

/// <summary>Pins in a bpf file system.</summary>
internal static unsafe class Pinning
{
    /// <summary>Pins a descriptor (<c>BPF_OBJ_PIN</c>).</summary>
    public static void Pin(int fd, string path, string what)
    {
        ArgumentNullException.ThrowIfNull(path);
        int result;
        fixed (byte* p = Encoding.UTF8.GetBytes(path + '\0')) result = BpfSyscall.ObjectPin(fd, p);
        if (result < 0) throw BpfError.Create(result, $"pin {what} at {path}", Hint((Errno)(-result)));
    }

    /// <summary>Opens what is pinned at a path (<c>BPF_OBJ_GET</c>): a descriptor, or <c>-errno</c>.</summary>
    public static int TryOpen(string path, uint flags = 0)
    {
        fixed (byte* p = Encoding.UTF8.GetBytes(path + '\0')) return BpfSyscall.ObjectGet(p, flags);
    }

    /// <summary>Opens what is pinned at a path.</summary>
    public static int Open(string path, string what, uint flags = 0)
    {
        int result = TryOpen(path, flags);
        if (result >= 0) return result;
        // For a file of another kind the kernel refuses access, whoever asks.
        string? hint = result == -(int)Errno.EACCES && Capabilities.Current().Has(Capability.SysAdmin) ? "it is no file of a bpf file system" : Hint((Errno)(-result));
        throw BpfError.Create(result, $"open {what} pinned at {path}", hint);
    }

    /// <summary>Opens what is pinned at a path and checks that it is of a kind, as the kernel names its descriptors: <c>bpf-map</c>, <c>bpf-prog</c>, <c>bpf_link</c>.</summary>
    public static BpfHandle Open(string path, string what, string kind, uint flags = 0)
    {
        BpfHandle handle = new(Open(path, what, flags), $"{what} pinned at {path}");
        // The information of a map can be read as if it were a link's: the kernel copies what there is.
        string? target = new FileInfo($"/proc/self/fd/{handle.Fd}").LinkTarget;
        if (target is null || target.Replace('_', '-').Contains(kind.Replace('_', '-'), StringComparison.Ordinal)) return handle;
        handle.Dispose();
        throw new BpfException($"what is pinned at {path} is not {what} but {target}");
    }

    private static string? Hint(Errno error) => error switch
    {
        Errno.EPERM or Errno.EINVAL => "the path must be in a bpf file system; mount one with `mount -t bpf bpf /sys/fs/bpf`",
        Errno.EEXIST => "something is pinned there already; remove it first",
        Errno.ENOENT => "the path or its folder does not exist",
        _ => null,
    };
}
