using BpfSharp.Errors;

namespace BpfSharp.Syscalls;

/// <summary>Things of the kernel by the ids that it gives them.</summary>
internal static class KernelIds
{
    /// <summary>Opens one of the maps, programs or links that there are, whoever made it.</summary>
    /// <exception cref="BpfException">There is none with this id, or CAP_SYS_ADMIN is missing.</exception>
    public static BpfHandle Open(BpfCommand command, uint id, string what)
    {
        int fd = BpfSyscall.FromId(command, id);
        if (fd >= 0) return new BpfHandle(fd, $"{what} {id}");
        bool mayNot = fd == -(int)Errno.EPERM && !Capabilities.Current().Has(Capability.SysAdmin);
        throw BpfError.Create(fd, $"open {what} {id}", mayNot ? "to open others' by their ids needs CAP_SYS_ADMIN; run as root" : null);
    }
}
