using BpfSharp.Errors;
using BpfSharp.Loading;
using BpfSharp.Maps;
using BpfSharp.Objects;
using BpfSharp.Objects.Btf;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp.Features;

/// <summary>Creates the smallest map of a type and closes it again.</summary>
internal static unsafe class MapProbe
{
    // BPF_F_NO_PREALLOC and the like where a type cannot be without, and the sizes that its checks want.
    private static readonly Dictionary<MapType, (uint Key, uint Value, uint Entries, uint Flags)> Shapes = new()
    {
        [MapType.StackTrace] = (4, 8, 1, 0),
        [MapType.LpmTrie] = (8, 4, 1, BpfMapFlags.NoPreallocation),
        [MapType.Queue] = (0, 4, 1, 0),
        [MapType.Stack] = (0, 4, 1, 0),
        [MapType.BloomFilter] = (0, 4, 1, 0),
        [MapType.CgroupStorageDeprecated] = (16, 8, 0, 0),
        [MapType.PerCpuCgroupStorage] = (16, 8, 0, 0),
        [MapType.SkStorage] = (4, 4, 0, BpfMapFlags.NoPreallocation),
        [MapType.InodeStorage] = (4, 4, 0, BpfMapFlags.NoPreallocation),
        [MapType.TaskStorage] = (4, 4, 0, BpfMapFlags.NoPreallocation),
        [MapType.CgroupStorage] = (4, 4, 0, BpfMapFlags.NoPreallocation),
        [MapType.Arena] = (0, 0, 1, BpfMapFlags.Mmapable),
        [MapType.ReuseportSockArray] = (4, 8, 1, 0),
    };

    /// <summary>Whether the kernel creates it.</summary>
    /// <param name="type">The type.</param>
    /// <param name="more">Flags that it must take, too.</param>
    public static bool Run(MapType type, uint more = 0)
    {
        if (type == MapType.Unspecified) return false;
        (uint key, uint value, uint entries, uint flags) = type.IsRing() ? (0, 0, (uint)Environment.SystemPageSize, 0) : Shapes.GetValueOrDefault(type, (4u, 4u, 1u, 0u));
        // Storages are refused without types, and nothing else minds an int for each.
        bool typed = type is MapType.SkStorage or MapType.InodeStorage or MapType.TaskStorage or MapType.CgroupStorage;
        using LoadedBtf types = LoadedBtf.Load(new ObjectSpec { Btf = typed ? new BtfTypes([new BtfInt("int", 4, BtfIntEncoding.Signed, 32)]) : null });
        using BpfHandle? inner = type.IsMapOfMaps() ? new BpfHandle(BpfError.Check(Create(MapType.Array, 4, 4, 1, 0, 0, 0), "create a map to ask the kernel"), "map") : null;
        int fd = Create(type, key, value, entries, flags | more, inner?.Fd ?? 0, typed ? types.Fd : 0);
        if (fd >= 0) _ = Libc.Close(fd);
        if (fd == -(int)Errno.EPERM) throw BpfError.Create(fd, $"ask the kernel whether it has maps of type {type}");
        // A struct_ops map is only made for a structure; the kernel that has them says that there is none, in another way than EINVAL.
        return fd >= 0 || (type == MapType.StructOps && fd is -(int)Errno.ENOTSUPP or -(int)Errno.ENOENT);
    }

    private static int Create(MapType type, uint key, uint value, uint entries, uint flags, int inner, int types)
    {
        MapCreateAttributes attributes = new()
        {
            MapType = (uint)type,
            KeySize = key,
            ValueSize = value,
            MaxEntries = entries,
            Flags = flags,
            InnerMapFd = inner,
            BtfFd = types,
            KeyTypeId = types > 0 ? 1u : 0,
            ValueTypeId = types > 0 ? 1u : 0,
            KernelValueTypeId = type == MapType.StructOps ? 1u : 0,
        };
        return BpfSyscall.MapCreate(attributes);
    }
}
