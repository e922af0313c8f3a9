using BpfSharp.Errors;
using BpfSharp.Syscalls;

namespace BpfSharp.Maps;

/// <summary>
/// Room for an arena in this process's address space. An arena has the same address in all processes, all of it with the same upper 32 bits, and the kernel
/// wants to know it before it takes a program.
/// </summary>
internal sealed unsafe class ArenaMemory : IDisposable
{
    private const int None = 0, PrivateAnonymous = 0x4022; // MAP_PRIVATE, MAP_ANONYMOUS, MAP_NORESERVE
    private const ulong Half = 1UL << 32;
    private readonly nuint _length;
    private bool _isMapped;

    private ArenaMemory(ulong address, nuint length) => (Address, _length) = (address, length);

    /// <summary>Where it is.</summary>
    public ulong Address { get; }

    /// <summary>Reserves room for an arena.</summary>
    /// <param name="pages">The arena's capacity.</param>
    /// <param name="what">How errors call the arena.</param>
    public static ArenaMemory Reserve(uint pages, string what)
    {
        nuint page = (nuint)Environment.SystemPageSize, length = Math.Max(1, pages) * page, room = 2 * length + page;
        void* start = Libc.Map(null, room, None, PrivateAnonymous, -1, 0);
        if (start == Libc.MapFailed) throw BpfError.Create((int)Libc.LastError, $"find {length} bytes of address space for {what}");
        ulong address = Place((ulong)start, length, page), end = (ulong)start + room;
        if (address > (ulong)start) _ = Libc.Unmap(start, (nuint)(address - (ulong)start));
        if (end > address + length) _ = Libc.Unmap((void*)(address + length), (nuint)(end - address - length));
        return new ArenaMemory(address, length);
    }

    /// <summary>
    /// The place of an arena in twice its room and a page: in one piece on this or that side of where the upper 32 bits change, and not just behind that place if there is room, because
    /// programs see the lower 32 bits, and the first element's address would be null.
    /// </summary>
    internal static ulong Place(ulong start, ulong length, ulong page)
    {
        ulong boundary = (start + Half - 1) & ~(Half - 1);
        return start != boundary && start + length <= boundary ? start : length <= Half - page ? boundary + page : boundary;
    }

    /// <summary>Maps an arena to the room, until it is disposed.</summary>
    public void Map(BpfMap map)
    {
        map.Arena = MappedMemory.TryMap(map, _length, writable: true, address: (nint)Address, replaces: true)
            ?? throw BpfError.Create((int)Libc.LastError, $"map the memory of {map.What}");
        _isMapped = true;
    }

    /// <summary>An arena's memory; maps it where it wants to be unless it is mapped already.</summary>
    public static MappedMemory Of(BpfMap map)
    {
        if (map.Arena is { } mapped) return mapped;
        // Every kernel with arenas says where they want to be.
        ulong address = map.Info.Extra ?? 0;
        return map.Arena = MappedMemory.TryMap(map, map.MaxEntries * (nuint)Environment.SystemPageSize, writable: true, address: (nint)address)
            ?? throw BpfError.Create((int)Libc.LastError, $"map the memory of {map.What}", address == 0 ? null : $"it must be at 0x{address:x} in this process too");
    }

    /// <summary>Gives the room back, unless the arena is in it.</summary>
    public void Dispose()
    {
        if (!_isMapped) _ = Libc.Unmap((void*)Address, _length);
    }
}
