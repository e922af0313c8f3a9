using System.Runtime.InteropServices;
using BpfSharp.Errors;
using BpfSharp.Objects;
using BpfSharp.Objects.Btf;
using BpfSharp.Syscalls;

namespace BpfSharp.Maps;

/// <summary>The types that a map in the kernel was made with.</summary>
internal static unsafe class MapTypesOfKernel
{
    /// <summary>Reads BTF that the kernel holds; null if it does not give it (it wants CAP_SYS_ADMIN) or it cannot be read.</summary>
    public static BtfTypes? Read(uint btfId)
    {
        int fd = BpfSyscall.FromId(BpfCommand.BtfFromId, btfId);
        if (fd < 0) return null;
        using BpfHandle handle = new(fd, $"BTF {btfId}");
        KernelBtfInfo info = default;
        uint length = (uint)sizeof(KernelBtfInfo);
        if (BpfSyscall.ObjectInfo(handle.Fd, &info, ref length) < 0) return null;
        byte[] bytes = new byte[info.Size];
        fixed (byte* data = bytes)
        {
            info = new KernelBtfInfo { Data = data, Size = (uint)bytes.Length };
            length = (uint)sizeof(KernelBtfInfo);
            if (BpfSyscall.ObjectInfo(handle.Fd, &info, ref length) < 0) return null;
        }

        try
        {
            return BtfReader.Read(bytes);
        }
        catch (ObjectFormatException)
        {
            return null;
        }
    }

    /// <summary><c>struct bpf_btf_info</c>, as far as every kernel has it.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct KernelBtfInfo
    {
        public byte* Data;
        public uint Size;
        public uint Id;
    }
}
