using BpfSharp.Maps;
using BpfSharp.Objects.Kernel;

namespace BpfSharp;

/// <summary>
/// Sparse memory of up to 4 GiB that programs and user space share (<c>BPF_MAP_TYPE_ARENA</c>, kernel 6.9). Pages come into being when
/// a program allocates them or user space touches them.
/// </summary>
/// <remarks>May be used from any thread; the order of accesses to the memory is the callers' affair, as with any shared memory.</remarks>
public sealed unsafe class BpfArena : BpfMap
{
    private readonly MappedMemory _memory;

    /// <summary>Makes a view of a map and maps its memory at the address that the object asks for, if any.</summary>
    public BpfArena(BpfMap map) : base(map)
    {
        CheckKind(nameof(BpfArena), MapType.Arena);
        _memory = map.Arena = Arena = ArenaMemory.Of(this);
        Length = (long)_memory.Length;
    }

    /// <summary>Bytes of the arena.</summary>
    public long Length { get; }

    /// <summary>A part of the memory. Not to be used after the map is disposed.</summary>
    /// <param name="offset">Bytes from the start.</param>
    /// <param name="length">Bytes.</param>
    public Span<byte> Slice(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - length);
        return new Span<byte>((byte*)_memory.Pointer + offset, length);
    }
}
