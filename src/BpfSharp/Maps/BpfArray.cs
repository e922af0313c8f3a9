using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using BpfSharp.Maps;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp;

/// <summary>
/// An array map (<c>BPF_MAP_TYPE_ARRAY</c>). Where it was created with <c>BPF_F_MMAPABLE</c> (kernel 5.5) its memory is shared
/// with the programs: reading and writing are plain memory accesses. Otherwise each is a system call.
/// </summary>
/// <typeparam name="T">The element.</typeparam>
[SuppressMessage("Design", "CA1010", Justification = "A map is no collection of the managed heap.")]
public sealed unsafe class BpfArray<T> : BpfMap, IReadOnlyList<T>
    where T : unmanaged
{
    private readonly MappedMemory? _memory;
    private readonly int _stride;

    /// <summary>Makes a typed view of a map.</summary>
    /// <exception cref="ArgumentException">It is of another kind, or its elements are of another size.</exception>
    public BpfArray(BpfMap map) : base(map)
    {
        CheckKind(nameof(BpfArray<>), MapType.Array);
        CheckType<T>(ValueSize, "value");
        _stride = (ValueSize + 7) & ~7;
        if ((Flags & BpfMapFlags.Mmapable) != 0)
            _memory = MappedMemory.TryMap(this, (nuint)_stride * MaxEntries, writable: true);
    }

    /// <summary>How many elements there are.</summary>
    public int Count => (int)MaxEntries;

    /// <summary>Whether elements are read and written in memory, without system calls.</summary>
    public bool IsMapped => _memory is not null;

    /// <summary>Reads or writes an element.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The index is negative or not below <see cref="Count"/>.</exception>
    public T this[int index]
    {
        get
        {
            if (_memory is not null) return Ref(index);
            CheckIndex(index);
            T value;
            int result = BpfSyscall.MapLookup(Fd, &index, &value);
            return result == 0 || Found(result, "read") ? value : default;
        }

        set
        {
            if (_memory is not null)
            {
                Ref(index) = value;
                return;
            }

            CheckIndex(index);
            int result = BpfSyscall.MapUpdate(Fd, &index, &value, 0);
            if (result != 0) Updated(result, BpfUpdateMode.Any);
        }
    }

    /// <summary>An element in the shared memory, for <see cref="Interlocked"/> and <see cref="Volatile"/>. Not to be used after the map is disposed.</summary>
    /// <exception cref="InvalidOperationException">The map is not mapped; see <see cref="IsMapped"/>.</exception>
    public ref T Ref(int index)
    {
        CheckIndex(index);
        return ref Unsafe.AsRef<T>((byte*)Memory.Pointer + ((nint)index * _stride));
    }

    /// <summary>All elements in the shared memory. Not to be used after the map is disposed.</summary>
    /// <exception cref="InvalidOperationException">The map is not mapped, or the element's size is no multiple of 8, so that they do not lie side by side.</exception>
    public Span<T> AsSpan() =>
        _stride == sizeof(T)
            ? new Span<T>(Memory.Pointer, Count)
            : throw new InvalidOperationException($"elements of {sizeof(T)} bytes lie {_stride} bytes apart in {What}; use Ref(index)");

    /// <summary>Copies all elements (<c>BPF_MAP_LOOKUP_BATCH</c>, kernel 5.6; one by one before).</summary>
    /// <param name="destination">Gets <see cref="Count"/> elements.</param>
    public void CopyTo(Span<T> destination)
    {
        if (destination.Length < Count) throw new ArgumentException($"{Count} elements do not fit in {destination.Length}");
        for (int i = 0; i < Count; i++) destination[i] = this[i];
    }

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator()
    {
        for (int i = 0; i < Count; i++) yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private MappedMemory Memory => _memory
        ?? throw new InvalidOperationException($"{What} was not created with BPF_F_MMAPABLE, so it has no shared memory");

    private void CheckIndex(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, MaxEntries, nameof(index));
    }
}
