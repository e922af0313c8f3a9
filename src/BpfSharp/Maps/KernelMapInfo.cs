using System.Runtime.InteropServices;
using BpfSharp.Errors;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp.Maps;

/// <summary><c>struct bpf_map_info</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct KernelMapInfo
{
    private const int ExtraOffset = 80;

    /// <summary><c>type</c>.</summary>
    public uint Type;
    /// <summary><c>id</c>.</summary>
    public uint Id;
    /// <summary><c>key_size</c>.</summary>
    public uint KeySize;
    /// <summary><c>value_size</c>.</summary>
    public uint ValueSize;
    /// <summary><c>max_entries</c>.</summary>
    public uint MaxEntries;
    /// <summary><c>map_flags</c>.</summary>
    public uint Flags;
    /// <summary><c>name</c>.</summary>
    public KernelName Name;
    /// <summary><c>ifindex</c>.</summary>
    public uint InterfaceIndex;
    /// <summary><c>btf_vmlinux_value_type_id</c>.</summary>
    public uint KernelValueTypeId;
    /// <summary><c>netns_dev</c>.</summary>
    public ulong NamespaceDevice;
    /// <summary><c>netns_ino</c>.</summary>
    public ulong NamespaceInode;
    /// <summary><c>btf_id</c>.</summary>
    public uint BtfId;
    /// <summary><c>btf_key_type_id</c>.</summary>
    public uint KeyTypeId;
    /// <summary><c>btf_value_type_id</c>.</summary>
    public uint ValueTypeId;
    /// <summary><c>btf_vmlinux_id</c>.</summary>
    public uint KernelBtfId;
    /// <summary><c>map_extra</c>.</summary>
    public ulong Extra;
    /// <summary><c>hash</c>: where the hash is copied to.</summary>
    public void* Hash;
    /// <summary><c>hash_size</c>.</summary>
    public uint HashSize;
    /// <summary>Fills the structure up to a multiple of eight; zero.</summary>
    public uint Padding;

    /// <summary>Asks the kernel about a map.</summary>
    public static BpfMapInfo Read(int fd, string what)
    {
        KernelMapInfo info = default;
        int known = BpfError.Check(Ask(fd, &info), $"read the information of {what}");
        return new BpfMapInfo
        {
            Id = info.Id,
            Name = info.Name.ToString(),
            Type = (MapType)info.Type,
            KeySize = (int)info.KeySize,
            ValueSize = (int)info.ValueSize,
            MaxEntries = info.MaxEntries,
            Flags = info.Flags,
            Extra = known > ExtraOffset ? info.Extra : null,
            BtfId = info.BtfId,
            KeyTypeId = info.KeyTypeId,
            ValueTypeId = info.ValueTypeId,
            KernelValueTypeId = info.KernelValueTypeId,
            KernelBtfId = info.KernelBtfId == 0 ? null : info.KernelBtfId,
        };
    }

    /// <summary>Fills the structure, and the memory that <see cref="Hash"/> names.</summary>
    /// <returns>How many bytes of it this kernel knows, or <c>-errno</c>.</returns>
    public static int Ask(int fd, KernelMapInfo* info)
    {
        uint length = (uint)sizeof(KernelMapInfo);
        int result = BpfSyscall.ObjectInfo(fd, info, ref length);
        return result < 0 ? result : (int)length;
    }
}
