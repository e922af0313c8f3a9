using BpfSharp.Errors;
using BpfSharp.Syscalls;
using BpfSharp.Types;

namespace BpfSharp.Loading;

/// <summary>Finds the types of a kernel module among those that the kernel holds.</summary>
internal static class ModuleTypes
{
    /// <summary>Opens a module's types (kernel 5.11).</summary>
    /// <param name="module">The module's name.</param>
    /// <exception cref="BpfException">There is no such module, or the kernel does not let this process look for it.</exception>
    public static BpfHandle Open(string module)
    {
        uint id = 0;
        int result;
        while ((result = BpfSyscall.NextId(BpfCommand.BtfNextId, id, out id)) >= 0)
        {
            int fd = BpfSyscall.FromId(BpfCommand.BtfFromId, id);
            // It went away in this moment.
            if (fd == -(int)Errno.ENOENT) continue;
            BpfHandle handle = new(BpfError.Check(fd, $"open the types of module '{module}'"), $"BTF of module '{module}'");
            BpfBtfInfo info = KernelBtfInfo.Read(handle.Fd, $"BTF {id}");
            if (info.IsKernel && info.Name == module) return handle;
            handle.Dispose();
        }

        throw BpfError.Create(result, $"find the types of module '{module}'");
    }
}
