using BpfSharp.Errors;
using BpfSharp.Loading;
using BpfSharp.Maps;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp;

/// <summary>
/// A map in the kernel, with keys and values as bytes. The typed maps (<see cref="BpfHashMap{TKey, TValue}"/>,
/// <see cref="BpfArray{T}"/> and the others) are views of one: they share its descriptor, and disposing any of them closes it.
/// All operations may be called from any thread; <see cref="Dispose()"/> must not run at the same time as an operation.
/// </summary>
public unsafe partial class BpfMap : IDisposable
{
    private const uint OfDescriptor = BpfMapFlags.ReadOnly | BpfMapFlags.WriteOnly;
    private readonly BpfHandle _handle;

    // In a view a copy of the handle's descriptor, -1 once it is closed: operations read one object less.
    private int _fd = -1;
    private BpfMap? _underLock;

    /// <summary>Takes ownership of a map's descriptor.</summary>
    internal BpfMap(BpfHandle handle, string name, BpfMapAccess access = BpfMapAccess.ReadWrite)
    {
        _handle = handle;
        Name = name;
        Access = access;
        BpfMapInfo info;
        try
        {
            info = KernelMapInfo.Read(handle.Fd, $"map '{name}'");
        }
        catch
        {
            handle.Dispose();
            throw;
        }

        Type = info.Type;
        KeySize = info.KeySize;
        ValueSize = info.ValueSize;
        MaxEntries = info.MaxEntries;
        Flags = info.Flags;
    }

    /// <summary>Takes ownership of a map that was just made, about which the kernel need not be asked.</summary>
    internal BpfMap(BpfHandle handle, string name, in MapCreateAttributes made)
    {
        _handle = handle;
        Name = name;
        Type = (MapType)made.MapType;
        KeySize = (int)made.KeySize;
        ValueSize = (int)made.ValueSize;
        MaxEntries = made.MaxEntries;
        // What the descriptor may do is no property of the map.
        Access = (BpfMapAccess)(made.Flags & OfDescriptor);
        Flags = made.Flags & ~OfDescriptor;
        // The kernel rounds the capacity up to a multiple of the processors.
        if ((Flags & BpfMapFlags.NoCommonLru) != 0) MaxEntries = Info.MaxEntries;
    }

    /// <summary>Makes another view of <paramref name="source"/>.</summary>
    /// <param name="source">The map; both share its descriptor.</param>
    protected BpfMap(BpfMap source)
    {
        ArgumentNullException.ThrowIfNull(source);
        _handle = source._handle;
        Name = source.Name;
        Type = source.Type;
        KeySize = source.KeySize;
        ValueSize = source.ValueSize;
        MaxEntries = source.MaxEntries;
        Flags = source.Flags;
        Losses = source.Losses;
        InnerTemplate = source.InnerTemplate;
        Arena = source.Arena;
        Table = source.Table;
        ElementFlags = source.ElementFlags;
        Access = source.Access;
        CopyDescriptor();
    }

    private BpfMap(BpfMap source, ulong elementFlags) : this(source) => ElementFlags = elementFlags;

    /// <summary>The name in the object it came from, or the kernel's name of it.</summary>
    public string Name { get; }

    /// <summary>The kind of map.</summary>
    public MapType Type { get; }

    /// <summary>Bytes of a key; 0 where the type has none.</summary>
    public int KeySize { get; }

    /// <summary>Bytes of a value; of one CPU's value in a per-CPU map.</summary>
    public int ValueSize { get; }

    /// <summary>The capacity, in entries (in bytes for ring buffers).</summary>
    public uint MaxEntries { get; }

    /// <summary>The <c>BPF_F_*</c> flags it was created with.</summary>
    public uint Flags { get; }

    /// <summary>What may be done through this object; anything else is a <see cref="BpfException"/>.</summary>
    public BpfMapAccess Access { get; }

    /// <summary>The descriptor, for system calls of one's own. It stays owned by the map.</summary>
    public System.Runtime.InteropServices.SafeHandle Handle => _handle;

    /// <summary>The descriptor's number.</summary>
    /// <exception cref="ObjectDisposedException">The map was disposed.</exception>
    internal int Fd => _fd >= 0 ? _fd : _handle.Fd;

    /// <summary>What every lookup and update tells the kernel: <c>BPF_F_LOCK</c> or nothing.</summary>
    internal ulong ElementFlags { get; }

    /// <summary>Cancelled when the map is disposed, through whichever view.</summary>
    internal CancellationToken WhenDisposed => _handle.Closing;

    /// <summary>Set when the map is disposed, for threads that wait for something of it.</summary>
    internal Events.Signal ClosingSignal => _handle.ClosingSignal;

    /// <summary>Where the programs of its object count what they could not put into it, null if they do not.</summary>
    internal Events.LossCounter? Losses { get; set; }

    /// <summary>What the maps in it are like, if it is a map of maps of an object.</summary>
    internal Objects.MapSpec? InnerTemplate { get; set; }

    /// <summary>The table of functions, if it is one of an object.</summary>
    internal StructOpsTable? Table { get; init; }

    /// <summary>The memory, if it is an arena that is mapped.</summary>
    internal MappedMemory? Arena { get; set; }

    /// <summary>
    /// How many keys an enumeration looks at, however much is changed meanwhile. Storages have no capacity: their entries are a list that grows when
    /// programs are attached.
    /// </summary>
    internal long EnumerationBudget => MaxEntries == 0 ? long.MaxValue : (2 * (long)MaxEntries) + 16;

    /// <summary>How errors call it.</summary>
    internal string What => $"map '{Name}'";

    /// <summary>Copies the value of <paramref name="key"/> (<c>BPF_MAP_LOOKUP_ELEM</c>).</summary>
    /// <param name="key">The key, <see cref="KeySize"/> bytes.</param>
    /// <param name="value">Gets the value: <see cref="ValueSize"/> bytes, for per-CPU maps that (rounded up to 8) for each possible CPU.</param>
    /// <returns>Whether the key is there.</returns>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public bool TryLookup(ReadOnlySpan<byte> key, Span<byte> value)
    {
        CheckLength(key.Length, KeySize, "key");
        CheckLength(value.Length, BytesPerLookup, "value");
        int result;
        fixed (byte* k = key, v = value) result = BpfSyscall.MapLookup(Fd, k, v, ElementFlags);
        return Found(result, "look up a key in");
    }

    /// <summary>Writes an entry (<c>BPF_MAP_UPDATE_ELEM</c>).</summary>
    /// <param name="key">The key, <see cref="KeySize"/> bytes.</param>
    /// <param name="value">The value, as <see cref="TryLookup"/> gives it.</param>
    /// <param name="mode">Whether the key may or must be there already.</param>
    /// <returns>False if <paramref name="mode"/> forbids it: the key is there, or is not.</returns>
    /// <exception cref="BpfException">The kernel refused, e.g. because the map is full.</exception>
    public bool TryUpdate(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, BpfUpdateMode mode = BpfUpdateMode.Any)
    {
        CheckLength(key.Length, KeySize, "key");
        CheckLength(value.Length, BytesPerLookup, "value");
        int result;
        fixed (byte* k = key, v = value) result = BpfSyscall.MapUpdate(Fd, k, v, (ulong)mode | ElementFlags);
        return Updated(result, mode);
    }

    /// <summary>Removes a key (<c>BPF_MAP_DELETE_ELEM</c>).</summary>
    /// <returns>Whether it was there.</returns>
    /// <exception cref="BpfException">The kernel refused; entries of arrays cannot be removed.</exception>
    public bool Delete(ReadOnlySpan<byte> key)
    {
        CheckLength(key.Length, KeySize, "key");
        int result;
        fixed (byte* k = key) result = BpfSyscall.MapDelete(Fd, k);
        return Found(result, "remove a key of");
    }

    /// <summary>The key after another in the kernel's order (<c>BPF_MAP_GET_NEXT_KEY</c>).</summary>
    /// <param name="key">A key, or empty for the first.</param>
    /// <param name="next">Gets the next key.</param>
    /// <returns>False after the last key.</returns>
    public bool TryNextKey(ReadOnlySpan<byte> key, Span<byte> next)
    {
        if (!key.IsEmpty) CheckLength(key.Length, KeySize, "key");
        CheckLength(next.Length, KeySize, "key");
        int result;
        fixed (byte* k = key, n = next) result = BpfSyscall.MapNextKey(Fd, k, n);
        return Found(result, "enumerate");
    }

    /// <summary>
    /// The same map, for which every lookup, enumeration and update holds the value's own lock, its <see cref="Kernel.BpfSpinLock"/> (<c>BPF_F_LOCK</c>, kernel 5.1): a value
    /// is never read while a program that holds the lock changes it, and is written in its place, where an update of a hash map without the lock puts a new
    /// one there, and what a program writes to the old one is lost. The lock in a value that is written does not count. Asked for again, it is the same object.
    /// </summary>
    /// <exception cref="InvalidOperationException">Maps of this type have no locks. (Where they have, but the value has none, each operation is a <see cref="BpfException"/>.)</exception>
    public BpfMap UnderLock()
    {
        if (ElementFlags != 0) return this;
        if (!Type.HasValueLocks()) throw new InvalidOperationException($"{What} is of type {Type}, whose values have no locks");
        return _underLock ??= new BpfMap(this, MapTypeFacts.LockFlag);
    }

    /// <summary>Forbids every later change from user space (<c>BPF_MAP_FREEZE</c>, kernel 5.2); programs may still write.</summary>
    /// <exception cref="BpfException">The kernel refused, e.g. because the map's memory is shared with a process that may write it.</exception>
    public void Freeze()
    {
        // Linux 6.1 and older do not look at what the descriptor is for.
        int result = Access == BpfMapAccess.ReadOnly ? -(int)Errno.EPERM : BpfSyscall.MapFreeze(Fd);
        if (result < 0) throw BpfError.Create(result, $"freeze {What}", MapErrors.FreezeHint(this, (Errno)(-result)));
    }

    /// <summary>Makes the map visible under a path of a bpf file system, so that it outlives this process and others can open it.</summary>
    /// <exception cref="BpfException">The path is not in a bpf file system, or exists.</exception>
    public void Pin(string path) => Pinning.Pin(Fd, path, What);

    /// <summary>Creates a map that belongs to no object, e.g. an inner map. The caller owns it.</summary>
    /// <param name="spec">What map; types of keys and values are not used.</param>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public static BpfMap Create(Objects.MapSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return MapLoader.Create(spec);
    }

    /// <summary>Opens a map that is pinned (<c>BPF_OBJ_GET</c>). The caller owns it.</summary>
    /// <param name="path">Where it is pinned.</param>
    /// <param name="access">What it is opened for (<c>file_flags</c>, kernel 4.15): all that the permissions of the pin's file have to allow.</param>
    /// <exception cref="BpfException">Nothing is pinned there, or no map, or the file may not be used so.</exception>
    public static BpfMap OpenPinned(string path, BpfMapAccess access = BpfMapAccess.ReadWrite)
    {
        ArgumentNullException.ThrowIfNull(path);
        string name = Path.GetFileName(path);
        return new BpfMap(Pinning.Open(path, "a map", "bpf-map", (uint)access), name, access);
    }

    /// <summary>Opens a map by the kernel's id of it (<c>BPF_MAP_GET_FD_BY_ID</c>). The caller owns it.</summary>
    /// <param name="id">The id, as <see cref="BpfMapInfo"/> gives it.</param>
    /// <param name="access">What it is opened for (<c>open_flags</c>, kernel 4.15).</param>
    /// <exception cref="BpfException">There is no such map, or CAP_SYS_ADMIN is missing.</exception>
    public static BpfMap OpenById(uint id, BpfMapAccess access = BpfMapAccess.ReadWrite) =>
        new(KernelIds.Open(BpfCommand.MapFromId, id, "map", (uint)access), $"{id}", access);

    /// <summary>The ids of all maps in the kernel, whoever made them, ascending (<c>BPF_MAP_GET_NEXT_ID</c>, kernel 4.13). Each is asked for when it is reached.</summary>
    /// <exception cref="BpfException">CAP_SYS_ADMIN is missing.</exception>
    public static IEnumerable<uint> EnumerateIds() => KernelIds.All(BpfCommand.MapNextId, "maps", "4.13");

    /// <summary>What the kernel knows of each map in it, whoever made them. Those that go away during the walk are left out.</summary>
    /// <exception cref="BpfException">CAP_SYS_ADMIN is missing.</exception>
    public static IEnumerable<BpfMapInfo> EnumerateInfos() => KernelIds.Read(EnumerateIds(), BpfCommand.MapFromId, "map", KernelMapInfo.Read);

    /// <summary>Closes the descriptor. The map itself lives on while programs, pins or other processes hold it.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the descriptor and what a derived class holds.</summary>
    protected virtual void Dispose(bool disposing) => _handle.Dispose();

    /// <summary>Disposes something when the map is disposed, through whichever view.</summary>
    internal void DisposeWith(IDisposable dependent) => _handle.DisposeWith(dependent);

    /// <summary>Bytes that a lookup by itself copies: of all CPUs for per-CPU maps.</summary>
    internal int BytesPerLookup => Type.IsPerCpu() ? PerCpuLayout.Stride(ValueSize) * PossibleCpus.Count : ValueSize;

    /// <summary>True for 0, false for ENOENT, an exception for all other errors.</summary>
    internal bool Found(int result, string doing)
    {
        if (result >= 0) return true;
        if (result == -(int)Errno.ENOENT) return false;
        throw BpfError.Create(result, $"{doing} {What}", MapErrors.KeyHint(this, (Errno)(-result)));
    }

    /// <summary>The outcome of an update: false if <paramref name="mode"/> forbids it.</summary>
    internal bool Updated(int result, BpfUpdateMode mode)
    {
        if (result >= 0) return true;
        if (result == -(int)Errno.EEXIST && mode == BpfUpdateMode.MustBeNew) return false;
        if (result == -(int)Errno.ENOENT && mode == BpfUpdateMode.MustExist) return false;
        throw BpfError.Create(result, $"write to {What}", MapErrors.UpdateHint(this, (Errno)(-result)));
    }

    /// <summary>Checks that an unmanaged type has the size that the kernel has for keys or values.</summary>
    internal void CheckType<T>(int kernelSize, string role) where T : unmanaged
    {
        if (sizeof(T) != kernelSize)
            throw new ArgumentException($"{What} has a {role} of {kernelSize} bytes, but {typeof(T).Name} has {sizeof(T)}");
    }

    /// <summary>Checks that the map is of one of the kinds a typed view is for.</summary>
    internal void CheckKind(string view, params ReadOnlySpan<MapType> kinds)
    {
        if (!kinds.Contains(Type)) throw new ArgumentException($"{What} is of type {Type}, which {view} is not for");
    }

    private void CopyDescriptor()
    {
        _fd = _handle.Fd;
        _handle.DisposeWith(new Closing(this));
    }

    private void CheckLength(int length, int expected, string role)
    {
        if (length != expected) throw new ArgumentException($"{What} has a {role} of {expected} bytes, but {length} were given");
    }

    /// <summary>Ends the use of the descriptor's copy.</summary>
    private sealed class Closing(BpfMap map) : IDisposable
    {
        public void Dispose() => map._fd = -1;
    }
}
