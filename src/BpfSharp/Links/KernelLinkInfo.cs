using System.Runtime.InteropServices;
using System.Text;
using BpfSharp.Errors;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp.Links;

/// <summary><c>struct bpf_link_info</c>, as far as it is read; what stands from byte 16 on depends on the kind of link.</summary>
[StructLayout(LayoutKind.Explicit, Size = 80)]
internal unsafe struct KernelLinkInfo
{
    private const int LongestName = 128;

    /// <summary><c>type</c>.</summary>
    [FieldOffset(0)] public uint Type;

    /// <summary><c>id</c>.</summary>
    [FieldOffset(4)] public uint Id;

    /// <summary><c>prog_id</c>.</summary>
    [FieldOffset(8)] public uint ProgramId;

    /// <summary><c>raw_tracepoint.tp_name</c>, <c>iter.target_name</c>.</summary>
    [FieldOffset(16)] public byte* Name;

    /// <summary>The name's length.</summary>
    [FieldOffset(24)] public uint NameLength;

    /// <summary><c>tracing.attach_type</c>; index of an interface, id of a map, inode of a namespace, family.</summary>
    [FieldOffset(16)] public uint First;

    /// <summary>The attach type behind those; the hook's number.</summary>
    [FieldOffset(20)] public uint Second;

    /// <summary><c>cgroup.cgroup_id</c>.</summary>
    [FieldOffset(16)] public ulong CgroupId;

    /// <summary><c>cgroup.attach_type</c>, <c>netfilter.priority</c>.</summary>
    [FieldOffset(24)] public uint Third;

    /// <summary><c>netfilter.flags</c>.</summary>
    [FieldOffset(28)] public uint Fourth;

    /// <summary>Asks the kernel about a link.</summary>
    public static BpfLinkInfo Read(int fd, string what)
    {
        KernelLinkInfo info = default;
        Ask(fd, &info, what);
        BpfLinkInfo known = new(info.Id, (BpfLinkType)info.Type, info.ProgramId);
        return known.Type switch
        {
            BpfLinkType.RawTracepoint or BpfLinkType.Iterator => known with { Target = ReadName(fd, what) },
            BpfLinkType.Tracing => known with { AttachType = (AttachType)info.First },
            BpfLinkType.Cgroup => known with { CgroupId = info.CgroupId, AttachType = (AttachType)info.Third },
            BpfLinkType.NetworkNamespace => known with { NamespaceInode = info.First, AttachType = (AttachType)info.Second },
            BpfLinkType.Xdp => known with { InterfaceIndex = (int)info.First },
            BpfLinkType.Tcx or BpfLinkType.Netkit => known with { InterfaceIndex = (int)info.First, AttachType = (AttachType)info.Second },
            BpfLinkType.SockMap => known with { MapId = info.First, AttachType = (AttachType)info.Second },
            BpfLinkType.StructOps => known with { MapId = info.First },
            BpfLinkType.Netfilter => known with
            {
                Netfilter = new((BpfNetfilterFamily)info.First, (BpfNetfilterPoint)info.Second, (int)info.Third, (info.Fourth & 1) != 0),
            },
            _ => known,
        };
    }

    private static string ReadName(int fd, string what)
    {
        byte* name = stackalloc byte[LongestName];
        KernelLinkInfo info = new() { Name = name, NameLength = LongestName };
        Ask(fd, &info, what);
        return Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name));
    }

    private static void Ask(int fd, KernelLinkInfo* info, string what)
    {
        uint length = (uint)sizeof(KernelLinkInfo);
        BpfError.Check(BpfSyscall.ObjectInfo(fd, info, ref length), $"read the information of the {what}");
    }
}
