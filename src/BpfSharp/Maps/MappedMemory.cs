using System.Runtime.InteropServices;
using BpfSharp.Errors;
using BpfSharp.Syscalls;

namespace BpfSharp.Maps;

/// <summary>Memory that a map shares with this process, unmapped once.</summary>
internal sealed unsafe class MappedMemory : SafeHandle
{
    private const int Read = 1, Write = 2, Shared = 1, Fixed = 16;
    private readonly nuint _length;
    private readonly string _what;

    private MappedMemory(void* address, nuint length, string what) : base(0, ownsHandle: true)
    {
        (_length, _what) = (length, what);
        SetHandle((nint)address);
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>Bytes.</summary>
    public nuint Length => _length;

    /// <summary>The first byte.</summary>
    /// <exception cref="ObjectDisposedException">The memory was unmapped.</exception>
    public void* Pointer
    {
        get
        {
            if (IsClosed) ThrowDisposed();
            return (void*)handle;
        }
    }

    /// <summary>Keeps the memory where another thread may dispose the map meanwhile: it is unmapped when the last use is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The memory was unmapped.</exception>
    public Use Hold()
    {
        if (IsClosed) ThrowDisposed();
        bool isHeld = false;
        DangerousAddRef(ref isHeld);
        return new(this);
    }

    /// <summary>Maps a map's memory until the map is disposed; null if the kernel does not.</summary>
    /// <param name="map">The map.</param>
    /// <param name="length">Bytes; the kernel rounds up to pages.</param>
    /// <param name="writable">Whether to ask for write access.</param>
    /// <param name="offset">Where in the map's mapping to begin, a multiple of the page size.</param>
    /// <param name="address">Where in this process to map it, 0 for anywhere.</param>
    /// <param name="replaces">Whether to map it there whatever is there, which the caller must have reserved.</param>
    public static MappedMemory? TryMap(BpfMap map, nuint length, bool writable, nint offset = 0, nint address = 0, bool replaces = false)
    {
        MappedMemory? memory = TryMap(map.Fd, map.What, length, writable, offset, address, replaces);
        if (memory is not null) map.DisposeWith(memory);
        return memory;
    }

    /// <summary>Maps the memory of a descriptor, for its owner to dispose.</summary>
    public static MappedMemory? TryMap(int fd, string what, nuint length, bool writable, nint offset = 0, nint address = 0, bool replaces = false)
    {
        nuint page = (nuint)Environment.SystemPageSize;
        length = (length + page - 1) & ~(page - 1);
        void* mapped = Libc.Map((void*)address, length, writable ? Read | Write : Read, replaces ? Shared | Fixed : Shared, fd, offset);
        return mapped == Libc.MapFailed ? null : new(mapped, length, what);
    }

    /// <summary>Makes all pages, as touching them would (kernel 5.14).</summary>
    /// <exception cref="BpfException">There is not enough memory.</exception>
    public void Populate()
    {
        const int PopulateWrite = 23;
        if (Libc.Advise(Pointer, _length, PopulateWrite) < 0) throw BpfError.Create((int)Libc.LastError, $"make the {_length} bytes of {_what}");
    }

    /// <summary>A use of the memory.</summary>
    public readonly ref struct Use(MappedMemory memory) : IDisposable
    {
        /// <summary>The first byte.</summary>
        public void* Pointer => (void*)memory.handle;

        /// <summary>Ends it.</summary>
        public void Dispose() => memory.DangerousRelease();
    }

    private void ThrowDisposed() => throw new ObjectDisposedException(_what);

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => Libc.Unmap((void*)handle, _length) == 0;
}
