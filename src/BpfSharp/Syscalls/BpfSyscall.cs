using System.Runtime.CompilerServices;

namespace BpfSharp.Syscalls;

/// <summary>
/// <c>bpf(2)</c>: one typed method per command. Results follow the kernel's convention: zero or a descriptor, or a negative
/// <see cref="Errno"/>.
/// </summary>
internal static unsafe class BpfSyscall
{
    /// <summary>The largest value, in bytes, that goes through <see cref="ShortElement"/>.</summary>
    public const int ShortValue = 512;

    /// <summary>Calls the kernel; the result is zero or positive, or <c>-errno</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Call(BpfCommand command, void* attributes, int size)
    {
        nint result = Libc.Syscall(SyscallNumbers.BpfNumber, (nint)command, attributes, size);
        return result >= 0 ? (int)result : -(int)Libc.LastError;
    }

    /// <summary>
    /// A command on one element of a map whose type never waits (a hash, an array, a trie; not a map of maps, where an update waits for all
    /// processors). For values of at most <see cref="ShortValue"/> bytes, so that a collection does not wait for the copy.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining), SkipLocalsInit]
    public static int ShortElement(BpfCommand command, int fd, void* key, void* value, ulong flags = 0)
    {
        MapElementAttributes attributes;
        attributes.MapFd = fd;
        attributes.Padding = 0;
        attributes.Key = key;
        attributes.Value = value;
        attributes.Flags = flags;
        // A removal has no value and no flags: what the kernel does not copy is what it saves.
        int size = command == BpfCommand.MapDelete ? MapElementAttributes.SizeToKey : sizeof(MapElementAttributes);
        nint result = Libc.ShortSyscall(SyscallNumbers.BpfNumber, (nint)command, &attributes, size);
        return result >= 0 ? (int)result : -(int)Libc.LastError;
    }

    /// <summary>A command on one element of a map.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining), SkipLocalsInit]
    public static int Element(BpfCommand command, int fd, void* key, void* value, ulong flags)
    {
        MapElementAttributes attributes;
        attributes.MapFd = fd;
        attributes.Padding = 0;
        attributes.Key = key;
        attributes.Value = value;
        attributes.Flags = flags;
        return Call(command, &attributes, sizeof(MapElementAttributes));
    }

    /// <summary><c>BPF_MAP_CREATE</c>: a descriptor.</summary>
    public static int MapCreate(in MapCreateAttributes attributes)
    {
        MemoryLimit.Raise();
        fixed (MapCreateAttributes* p = &attributes) return Call(BpfCommand.MapCreate, p, sizeof(MapCreateAttributes));
    }

    /// <summary><c>BPF_MAP_LOOKUP_ELEM</c>.</summary>
    public static int MapLookup(int fd, void* key, void* value, ulong flags = 0) => Element(BpfCommand.MapLookup, fd, key, value, flags);

    /// <summary><c>BPF_MAP_UPDATE_ELEM</c>.</summary>
    public static int MapUpdate(int fd, void* key, void* value, ulong flags) => Element(BpfCommand.MapUpdate, fd, key, value, flags);

    /// <summary><c>BPF_MAP_DELETE_ELEM</c>.</summary>
    public static int MapDelete(int fd, void* key) => Element(BpfCommand.MapDelete, fd, key, null, 0);

    /// <summary><c>BPF_MAP_LOOKUP_AND_DELETE_ELEM</c> (queues 4.20, hashes 5.14).</summary>
    public static int MapLookupAndDelete(int fd, void* key, void* value, ulong flags = 0) => Element(BpfCommand.MapLookupAndDelete, fd, key, value, flags);

    /// <summary><c>BPF_MAP_GET_NEXT_KEY</c>; a null key asks for the first.</summary>
    public static int MapNextKey(int fd, void* key, void* next) => Element(BpfCommand.MapNextKey, fd, key, next, 0);

    /// <summary>One of the <c>BPF_MAP_*_BATCH</c> commands (kernel 5.6).</summary>
    public static int MapBatch(BpfCommand command, ref MapBatchAttributes attributes)
    {
        fixed (MapBatchAttributes* p = &attributes) return Call(command, p, sizeof(MapBatchAttributes));
    }

    /// <summary><c>BPF_MAP_FREEZE</c> (kernel 5.2).</summary>
    public static int MapFreeze(int fd)
    {
        int attributes = fd;
        return Call(BpfCommand.MapFreeze, &attributes, sizeof(int));
    }

    /// <summary><c>BPF_PROG_LOAD</c>: a descriptor.</summary>
    public static int ProgramLoad(ref ProgramLoadAttributes attributes)
    {
        MemoryLimit.Raise();
        fixed (ProgramLoadAttributes* p = &attributes) return Call(BpfCommand.ProgramLoad, p, sizeof(ProgramLoadAttributes));
    }

    /// <summary><c>BPF_PROG_TEST_RUN</c>.</summary>
    public static int ProgramTestRun(ref TestRunAttributes attributes)
    {
        fixed (TestRunAttributes* p = &attributes) return Call(BpfCommand.ProgramTestRun, p, sizeof(TestRunAttributes));
    }

    /// <summary><c>BPF_PROG_ATTACH</c>.</summary>
    public static int ProgramAttach(in ProgramAttachAttributes attributes)
    {
        fixed (ProgramAttachAttributes* p = &attributes) return Call(BpfCommand.ProgramAttach, p, sizeof(ProgramAttachAttributes));
    }

    /// <summary><c>BPF_PROG_DETACH</c>.</summary>
    public static int ProgramDetach(in ProgramAttachAttributes attributes)
    {
        fixed (ProgramAttachAttributes* p = &attributes) return Call(BpfCommand.ProgramDetach, p, sizeof(ProgramAttachAttributes));
    }

    /// <summary><c>BPF_PROG_QUERY</c>; <c>ENOSPC</c> if there are more programs than room for their ids.</summary>
    public static int ProgramQuery(ref ProgramQueryAttributes attributes)
    {
        fixed (ProgramQueryAttributes* p = &attributes) return Call(BpfCommand.ProgramQuery, p, sizeof(ProgramQueryAttributes));
    }

    /// <summary><c>BPF_PROG_BIND_MAP</c> (kernel 5.10).</summary>
    public static int ProgramBindMap(int program, int map)
    {
        BindMapAttributes attributes = new() { ProgramFd = program, MapFd = map };
        return Call(BpfCommand.ProgramBindMap, &attributes, sizeof(BindMapAttributes));
    }

    /// <summary><c>BPF_OBJ_PIN</c>.</summary>
    public static int ObjectPin(int fd, byte* path)
    {
        ObjectPathAttributes attributes = new() { Path = path, Fd = fd };
        return Call(BpfCommand.ObjectPin, &attributes, sizeof(ObjectPathAttributes));
    }

    /// <summary><c>BPF_OBJ_GET</c>: a descriptor.</summary>
    public static int ObjectGet(byte* path, uint flags)
    {
        ObjectPathAttributes attributes = new() { Path = path, Flags = flags };
        return Call(BpfCommand.ObjectGet, &attributes, sizeof(ObjectPathAttributes));
    }

    /// <summary><c>BPF_OBJ_GET_INFO_BY_FD</c>; <paramref name="length"/> becomes what the kernel wrote.</summary>
    public static int ObjectInfo(int fd, void* info, ref uint length)
    {
        InfoAttributes attributes = new() { Fd = fd, Length = length, Info = info };
        int result = Call(BpfCommand.ObjectInfo, &attributes, sizeof(InfoAttributes));
        length = attributes.Length;
        return result;
    }

    /// <summary>One of the <c>BPF_*_GET_NEXT_ID</c> commands: <c>ENOENT</c> after the last.</summary>
    public static int NextId(BpfCommand command, uint start, out uint next)
    {
        IdAttributes attributes = new() { Id = start };
        int result = Call(command, &attributes, sizeof(IdAttributes));
        next = attributes.NextId;
        return result;
    }

    /// <summary>One of the <c>BPF_*_GET_FD_BY_ID</c> commands: a descriptor.</summary>
    public static int FromId(BpfCommand command, uint id, uint flags = 0)
    {
        IdAttributes attributes = new() { Id = id, OpenFlags = flags };
        return Call(command, &attributes, sizeof(IdAttributes));
    }

    /// <summary><c>BPF_BTF_LOAD</c>: a descriptor.</summary>
    public static int BtfLoad(in BtfLoadAttributes attributes)
    {
        MemoryLimit.Raise();
        fixed (BtfLoadAttributes* p = &attributes) return Call(BpfCommand.BtfLoad, p, sizeof(BtfLoadAttributes));
    }

    /// <summary><c>BPF_RAW_TRACEPOINT_OPEN</c>: a descriptor. A null name attaches a program whose target was named at load.</summary>
    public static int RawTracepointOpen(byte* name, int program, ulong cookie = 0)
    {
        RawTracepointAttributes attributes = new() { Name = name, ProgramFd = program, Cookie = cookie };
        return Call(BpfCommand.RawTracepointOpen, &attributes, sizeof(RawTracepointAttributes));
    }

    /// <summary><c>BPF_LINK_CREATE</c>: a descriptor. <paramref name="size"/> is one of <see cref="LinkCreateAttributes.Sizes"/>.</summary>
    public static int LinkCreate(in LinkCreateAttributes attributes, int size)
    {
        fixed (LinkCreateAttributes* p = &attributes) return Call(BpfCommand.LinkCreate, p, size);
    }

    /// <summary><c>BPF_LINK_UPDATE</c>: replaces a link's program (kernel 5.7).</summary>
    public static int LinkUpdate(in LinkUpdateAttributes attributes)
    {
        fixed (LinkUpdateAttributes* p = &attributes) return Call(BpfCommand.LinkUpdate, p, sizeof(LinkUpdateAttributes));
    }

    /// <summary><c>BPF_LINK_DETACH</c> (kernel 5.9).</summary>
    public static int LinkDetach(int fd)
    {
        int attributes = fd;
        return Call(BpfCommand.LinkDetach, &attributes, sizeof(int));
    }

    /// <summary><c>BPF_ITER_CREATE</c>: a descriptor to read from (kernel 5.8).</summary>
    public static int IteratorCreate(int link)
    {
        FdFlagsAttributes attributes = new() { Fd = link };
        return Call(BpfCommand.IteratorCreate, &attributes, sizeof(FdFlagsAttributes));
    }

    /// <summary><c>BPF_ENABLE_STATS</c> of run time (kernel 5.8): a descriptor that keeps them on while it is open.</summary>
    public static int EnableRunStatistics()
    {
        int attributes = 0;
        return Call(BpfCommand.EnableStatistics, &attributes, sizeof(int));
    }
}
