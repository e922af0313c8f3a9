using BpfSharp.Objects;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp;

/// <summary>What maps have in common whose values are other things of the kernel: programs, maps, sockets, control groups, events.</summary>
/// <typeparam name="TKey">The key: an index, or what a hash map's keys are.</typeparam>
/// <remarks>The map holds what was put into it; the descriptor that was given may be closed. Operations may be called from any thread; disposing must not run at the same time as one.</remarks>
public abstract unsafe class BpfReferenceMap<TKey> : BpfMap
    where TKey : unmanaged
{
    private protected BpfReferenceMap(BpfMap map, string view, params ReadOnlySpan<MapType> kinds) : base(map)
    {
        CheckKind(view, kinds);
        CheckType<TKey>(KeySize, "key");
    }

    /// <summary>Removes what is there.</summary>
    /// <returns>Whether something was.</returns>
    public bool Remove(TKey key)
    {
        int result = BpfSyscall.MapDelete(Fd, &key);
        // A sock map says EINVAL where every other says ENOENT.
        return !(result == -(int)Errno.EINVAL && Type == MapType.SockMap) && Found(result, "remove a key of");
    }

    private protected bool Put(TKey key, int fd, BpfUpdateMode mode = BpfUpdateMode.Any)
    {
        // Socket maps take descriptors of eight bytes too.
        ulong wide = (uint)fd;
        return Updated(BpfSyscall.MapUpdate(Fd, &key, ValueSize == 8 ? &wide : &fd, (ulong)mode), mode);
    }

    private protected uint ReadId(TKey key)
    {
        ulong id = 0;
        return Found(BpfSyscall.MapLookup(Fd, &key, &id), "look up a key in") ? (uint)id : 0;
    }
}

/// <summary>A tail-call table (<c>BPF_MAP_TYPE_PROG_ARRAY</c>). A program that jumps to an index without a program goes on instead.</summary>
/// <remarks>Operations may be called from any thread; disposing must not run at the same time as one.</remarks>
public sealed class BpfProgramArray : BpfReferenceMap<int>
{
    /// <summary>Makes a typed view of a map.</summary>
    public BpfProgramArray(BpfMap map) : base(map, nameof(BpfProgramArray), MapType.ProgramArray)
    {
    }

    /// <summary>How many indices there are.</summary>
    public int Count => (int)MaxEntries;

    /// <summary>Puts a program at an index. All programs of a table must be of the type and attach type of the first.</summary>
    public void Set(int index, BpfProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        Put(index, program.Fd);
    }

    /// <summary>The id of the program at an index, 0 if there is none.</summary>
    public uint ProgramId(int index) => ReadId(index);
}

/// <summary>An array or hash map of maps (<c>BPF_MAP_TYPE_ARRAY_OF_MAPS</c>, <c>BPF_MAP_TYPE_HASH_OF_MAPS</c>).</summary>
/// <typeparam name="TKey">The key; <see cref="int"/> for arrays.</typeparam>
/// <remarks>Operations may be called from any thread; disposing must not run at the same time as one.</remarks>
public sealed class BpfMapOfMaps<TKey> : BpfReferenceMap<TKey>
    where TKey : unmanaged
{
    /// <summary>Makes a typed view of a map.</summary>
    public BpfMapOfMaps(BpfMap map) : base(map, nameof(BpfMapOfMaps<>), MapType.ArrayOfMaps, MapType.HashOfMaps)
    {
    }

    /// <summary>Puts a map under a key. It must be like the template: same type, key and value size, flags, and for most types capacity.</summary>
    public void Set(TKey key, BpfMap inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        Put(key, inner.Fd);
    }

    /// <summary>Creates a map like the template that the object has for the maps in this one, and puts it under a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="maxEntries">Its capacity, the template's if 0. Hash maps may have another one since kernel 5.10.</param>
    /// <returns>The new map, which the caller owns; this one keeps it also when the caller closes it.</returns>
    /// <exception cref="InvalidOperationException">This map is not from an object, so there is no template.</exception>
    public BpfMap CreateInner(TKey key, uint maxEntries = 0)
    {
        MapSpec template = InnerTemplate ?? throw new InvalidOperationException($"{What} is not from an object, so nothing says what the maps in it are like");
        BpfMap inner = Create(maxEntries == 0 ? template : template with { MaxEntries = maxEntries });
        try
        {
            Set(key, inner);
            return inner;
        }
        catch
        {
            inner.Dispose();
            throw;
        }
    }

    /// <summary>Opens the map under a key, null if there is none. The caller owns it. It needs CAP_SYS_ADMIN.</summary>
    public BpfMap? Open(TKey key) => ReadId(key) is var id && id != 0 ? OpenById(id) : null;
}

/// <summary>Sockets by index or key (<c>BPF_MAP_TYPE_SOCKMAP</c>, <c>BPF_MAP_TYPE_SOCKHASH</c>, <c>BPF_MAP_TYPE_REUSEPORT_SOCKARRAY</c>, <c>BPF_MAP_TYPE_XSKMAP</c>).</summary>
/// <typeparam name="TKey">The key; <see cref="int"/> for all but sock hashes.</typeparam>
/// <remarks>Operations may be called from any thread; disposing must not run at the same time as one.</remarks>
public sealed class BpfSocketMap<TKey> : BpfReferenceMap<TKey>
    where TKey : unmanaged
{
    /// <summary>Makes a typed view of a map.</summary>
    public BpfSocketMap(BpfMap map)
        : base(map, nameof(BpfSocketMap<>), MapType.SockMap, MapType.SockHash, MapType.ReuseportSockArray, MapType.XskMap)
    {
    }

    /// <summary>Puts a socket under a key; it leaves the map when it is closed.</summary>
    /// <param name="key">The key.</param>
    /// <param name="socket">The socket, e.g. <c>Socket.SafeHandle</c>.</param>
    /// <param name="mode">Whether the key may or must be taken.</param>
    /// <returns>False if <paramref name="mode"/> forbids it.</returns>
    public bool Set(TKey key, System.Runtime.InteropServices.SafeHandle socket, BpfUpdateMode mode = BpfUpdateMode.Any)
    {
        ArgumentNullException.ThrowIfNull(socket);
        using Maps.BorrowedHandle borrowed = new(socket);
        return Put(key, borrowed.Fd, mode);
    }
}

/// <summary>Control groups by index (<c>BPF_MAP_TYPE_CGROUP_ARRAY</c>).</summary>
/// <remarks>Operations may be called from any thread; disposing must not run at the same time as one.</remarks>
public sealed class BpfCgroupArray : BpfReferenceMap<int>
{
    /// <summary>Makes a typed view of a map.</summary>
    public BpfCgroupArray(BpfMap map) : base(map, nameof(BpfCgroupArray), MapType.CgroupArray)
    {
    }

    /// <summary>Puts a control group at an index.</summary>
    /// <param name="index">The index.</param>
    /// <param name="path">The group's folder.</param>
    public void Set(int index, string path)
    {
        using BpfHandle group = Maps.FileDescriptors.OpenFolder(path);
        Put(index, group.Fd);
    }
}
