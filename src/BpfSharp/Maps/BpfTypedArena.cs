using System.Collections;
using System.Diagnostics.CodeAnalysis;
using BpfSharp.Maps;
using BpfSharp.Objects.Kernel;

namespace BpfSharp;

/// <summary>Elements in memory that programs and user space share (<c>BPF_MAP_TYPE_ARENA</c>, kernel 6.9): reading and writing are plain memory accesses on both sides.</summary>
/// <typeparam name="T">The element.</typeparam>
/// <remarks>
/// May be used from any thread; an element of more than 8 bytes may be read while somebody writes it, and the order of accesses is the callers' affair, as with any
/// shared memory.
/// </remarks>
[SuppressMessage("Design", "CA1010", Justification = "A map is no collection of the managed heap.")]
public sealed unsafe class BpfArena<T> : BpfMap, IReadOnlyList<T>
    where T : unmanaged
{
    private readonly MappedMemory _memory;

    /// <summary>Makes a typed view of a map.</summary>
    /// <exception cref="ArgumentException">It is of another kind, or has more elements than an <see cref="int"/> counts.</exception>
    public BpfArena(BpfMap map) : base(map)
    {
        CheckKind(nameof(BpfArena<>), MapType.Arena);
        uint count = Arenas.Count(MaxEntries, sizeof(T));
        if (count > int.MaxValue) throw new ArgumentException($"{What} holds {count} elements of type {typeof(T).Name}, more than there can be indices; use BpfArena");
        Count = (int)count;
        _memory = map.Arena = Arena = ArenaMemory.Of(this);
    }

    /// <summary>How many elements fit into the arena's pages of 4096 bytes.</summary>
    public int Count { get; }

    /// <summary>An element in the shared memory. Not to be used after the map is disposed.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The index is negative or not below <see cref="Count"/>.</exception>
    public ref T this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            return ref ((T*)_memory.Pointer)[index];
        }
    }

    T IReadOnlyList<T>.this[int index] => this[index];

    /// <summary>All elements in the shared memory. Not to be used after the map is disposed.</summary>
    public Span<T> AsSpan() => new(_memory.Pointer, Count);

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator()
    {
        for (int i = 0; i < Count; i++) yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
