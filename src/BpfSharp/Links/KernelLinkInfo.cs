using System.Runtime.InteropServices;
using BpfSharp.Errors;
using BpfSharp.Syscalls;

namespace BpfSharp.Links;

/// <summary><c>struct bpf_link_info</c>, as far as it is read.</summary>
[StructLayout(LayoutKind.Sequential, Size = 80)]
internal unsafe struct KernelLinkInfo
{
    /// <summary><c>type</c>.</summary>
    public uint Type;
    /// <summary><c>id</c>.</summary>
    public uint Id;
    /// <summary><c>prog_id</c>.</summary>
    public uint ProgramId;

    /// <summary>Asks the kernel about a link.</summary>
    public static BpfLinkInfo Read(int fd, string what)
    {
        KernelLinkInfo info = default;
        uint length = (uint)sizeof(KernelLinkInfo);
        BpfError.Check(BpfSyscall.ObjectInfo(fd, &info, ref length), $"read the information of the {what}");
        return new BpfLinkInfo(info.Id, (BpfLinkType)info.Type, info.ProgramId);
    }
}
