using BpfSharp.Objects;
using BpfSharp.Objects.Btf;
using BpfSharp.Syscalls;
using BpfSharp.Types;

namespace BpfSharp.Maps;

/// <summary>The types that a map in the kernel was made with.</summary>
internal static class MapTypesOfKernel
{
    /// <summary>Reads BTF that the kernel holds; null if it does not give it (it wants CAP_SYS_ADMIN) or it cannot be read.</summary>
    public static BtfTypes? Read(uint btfId)
    {
        int fd = BpfSyscall.FromId(BpfCommand.BtfFromId, btfId);
        if (fd < 0) return null;
        using BpfHandle handle = new(fd, $"BTF {btfId}");
        try
        {
            return BtfReader.Read(KernelBtfInfo.ReadBytes(handle.Fd, $"BTF {btfId}"));
        }
        catch (Exception e) when (e is BpfException or ObjectFormatException)
        {
            return null;
        }
    }
}
