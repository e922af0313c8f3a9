using BpfSharp.Errors;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Syscalls;

/// <summary>Things of the kernel by the ids that it gives them.</summary>
internal static class KernelIds
{
    /// <summary>Opens one of the maps, programs, links or BTF that there are, whoever made it.</summary>
    /// <exception cref="BpfException">There is none with this id, or CAP_SYS_ADMIN is missing.</exception>
    public static BpfHandle Open(BpfCommand command, uint id, string what, uint flags = 0)
    {
        int fd = BpfSyscall.FromId(command, id, flags);
        return fd >= 0 ? new BpfHandle(fd, $"{what} {id}") : throw BpfError.Create(fd, $"open {what} {id}", Hint(fd, "to open others' by their ids"));
    }

    /// <summary>The ids of all of a kind, in ascending order, each asked for when it is reached.</summary>
    /// <param name="command">One of the <c>BPF_*_GET_NEXT_ID</c> commands.</param>
    /// <param name="what">What they are of.</param>
    /// <param name="since">The kernel version that brought the command.</param>
    public static IEnumerable<uint> All(BpfCommand command, string what, string since)
    {
        uint id = 0;
        int result;
        while ((result = BpfSyscall.NextId(command, id, out id)) >= 0) yield return id;
        if (result == -(int)Errno.ENOENT) yield break;
        string? hint = result == -(int)Errno.EINVAL && RunningKernel.Version < KernelVersion.Parse(since)
            ? $"this needs Linux {since}, and {RunningKernel.Version} is running"
            : Hint(result, "to walk them");
        throw BpfError.Create(result, $"walk the kernel's {what}", hint);
    }

    /// <summary>What the kernel knows of each of them that is still there when its turn comes.</summary>
    public static IEnumerable<T> Read<T>(IEnumerable<uint> ids, BpfCommand command, string what, Func<int, string, T> read)
    {
        foreach (uint id in ids)
        {
            int fd = BpfSyscall.FromId(command, id);
            // Gone meanwhile, or a link that is being made: it is in the walk, and cannot be opened yet.
            if (fd is -(int)Errno.ENOENT or -(int)Errno.EAGAIN) continue;
            if (fd < 0) throw BpfError.Create(fd, $"open {what} {id}", Hint(fd, "to open others' by their ids"));
            T info;
            using (BpfHandle handle = new(fd, $"{what} {id}")) info = read(handle.Fd, $"{what} {id}");
            yield return info;
        }
    }

    private static string? Hint(int result, string doing) =>
        result == -(int)Errno.EPERM && !Capabilities.Current().Has(Capability.SysAdmin) ? $"{doing} needs CAP_SYS_ADMIN; run as root" : null;
}
