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
/// <remarks>Operations may be called from any thread. In shared memory an element of more than 8 bytes may be read while somebody writes it; disposing must not run at the same time as an operation.</remarks>
[SuppressMessage("Design", "CA1010", Justification = "A map is no collection of the managed heap.")]
public sealed unsafe class BpfArray<T> : BpfMap, IReadOnlyList<T>
    where T : unmanaged
{
    private readonly MappedMemory? _memory;
    private readonly int _stride;

    // What the fast path needs and no more: no element is mapped once the map is closed.
    private byte* _mapped;
    private uint _mappedCount;
    private BpfArray<T>? _underLock;

    /// <summary>Makes a typed view of a map.</summary>
    /// <exception cref="ArgumentException">It is of another kind, or its elements are of another size.</exception>
    public BpfArray(BpfMap map) : base(map)
    {
        CheckKind(nameof(BpfArray<>), MapType.Array);
        CheckType<T>(ValueSize, "value");
        _stride = (ValueSize + 7) & ~7;
        if ((Flags & BpfMapFlags.Mmapable) != 0)
            _memory = MappedMemory.TryMap(this, (nuint)_stride * MaxEntries, writable: true);
        if (_memory is null) return;
        _mapped = (byte*)_memory.Pointer;
        _mappedCount = MaxEntries;
        DisposeWith(new Closing(this));
    }

    /// <inheritdoc cref="BpfMap.UnderLock"/>
    public new BpfArray<T> UnderLock() => ElementFlags != 0 ? this : _underLock ??= new(base.UnderLock());

    /// <summary>How many elements there are.</summary>
    public int Count => (int)MaxEntries;

    /// <summary>Whether elements are read and written in memory, without system calls.</summary>
    public bool IsMapped => _memory is not null;

    /// <summary>Reads or writes an element.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The index is negative or not below <see cref="Count"/>.</exception>
    public T this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (uint)index < _mappedCount ? *At(index) : Read(index);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set
        {
            if ((uint)index < _mappedCount) *At(index) = value;
            else Write(index, value);
        }
    }

    /// <summary>An element in the shared memory, for <see cref="Interlocked"/> and <see cref="Volatile"/>. Not to be used after the map is disposed.</summary>
    /// <exception cref="InvalidOperationException">The map is not mapped; see <see cref="IsMapped"/>.</exception>
    public ref T Ref(int index)
    {
        if ((uint)index < _mappedCount) return ref *At(index);
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
        if (_mappedCount != 0 && sizeof(T) % 8 == 0) new Span<T>(_mapped, Count).CopyTo(destination);
        else if (_mappedCount != 0) CopyEach(destination);
        else CopyInBatches(destination);
    }

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator()
    {
        for (int i = 0; i < Count; i++) yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private MappedMemory Memory => _memory
        ?? throw new InvalidOperationException($"{What} was not created with BPF_F_MMAPABLE, so it has no shared memory");

    private void CopyEach(Span<T> destination)
    {
        for (int i = 0; i < Count; i++) destination[i] = this[i];
    }

    private void CopyInBatches(Span<T> destination)
    {
        uint* keys = (uint*)System.Runtime.InteropServices.NativeMemory.Alloc((nuint)Count, sizeof(uint));
        try
        {
            uint next = 0;
            fixed (T* values = destination)
            {
                MapBatchAttributes attributes = new() { OutBatch = &next, Keys = keys, Values = values, Count = (uint)Count, MapFd = Fd, ElementFlags = ElementFlags };
                int result = BpfSyscall.MapBatch(BpfCommand.MapLookupBatch, ref attributes);
                // Kernels before 5.6, and those that were interrupted, leave it to reading one by one.
                if (attributes.Count == Count && result is 0 or -(int)Errno.ENOENT) return;
            }
        }
        finally
        {
            System.Runtime.InteropServices.NativeMemory.Free(keys);
        }

        CopyEach(destination);
    }

    // Where elements lie side by side, their size is known to the JIT.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private T* At(int index) => sizeof(T) % 8 == 0 ? (T*)_mapped + (uint)index : (T*)(_mapped + ((nint)(uint)index * _stride));

    private T Read(int index)
    {
        CheckIndex(index);
        T value;
        int result = BpfSyscall.MapLookup(Fd, &index, &value, ElementFlags);
        return result == 0 || Found(result, "read") ? value : default;
    }

    private void Write(int index, T value)
    {
        CheckIndex(index);
        int result = BpfSyscall.MapUpdate(Fd, &index, &value, ElementFlags);
        if (result != 0) Updated(result, BpfUpdateMode.Any);
    }

    private void CheckIndex(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, MaxEntries, nameof(index));
    }

    /// <summary>Ends the fast path when the map is closed.</summary>
    private sealed class Closing(BpfArray<T> array) : IDisposable
    {
        public void Dispose() => array._mappedCount = 0;
    }
}
