using System.Runtime.CompilerServices;
using BpfSharp.Kernel.Metadata;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Kernel;

/// <summary>
/// Elements in memory that programs and user space share (<c>BPF_MAP_TYPE_ARENA</c>, kernel 6.9; <see cref="Interlocked"/> on it 6.10). All elements are there, zeros at first. Unlike an
/// array's, an element is reached without a call, can be as large as wanted, and all together can have 4 GiB (but for 64 KiB). An object has one arena at most.
/// </summary>
/// <typeparam name="T">The elements' type.</typeparam>
[KernelMapType(MapType.Arena, View = "BpfArena", Flags = BpfMapFlags.Mmapable)]
public sealed class Arena<T>
    where T : unmanaged
{
    private readonly T[] _elements;

    /// <summary>Makes an arena of zeros in .NET's memory, for tests. In a <c>[BpfObject]</c> class the build makes it.</summary>
    /// <param name="maxEntries">The size in pages of 4096 bytes.</param>
    public Arena(uint maxEntries) => _elements = new T[Arenas.Count(maxEntries, Unsafe.SizeOf<T>())];

    /// <summary>How many elements there are: as many as fit into the pages.</summary>
    public uint Length
    {
        [KernelIntrinsic("arena.length")]
        get => (uint)_elements.Length;
    }

    /// <summary>An element, to read and to change in place.</summary>
    /// <exception cref="IndexOutOfRangeException">There is no such index. In the kernel this is a fault.</exception>
    public ref T this[uint index]
    {
        [KernelIntrinsic("arena.item")]
        get => ref _elements[index];
    }

    /// <summary>Finds an element in place.</summary>
    /// <param name="index">The index.</param>
    /// <param name="element">The element, to read and to change in place; refers to nothing if there is no such index.</param>
    /// <returns>Whether there is such an index.</returns>
    [KernelIntrinsic("arena.tryGetRef")]
    public bool TryGetRef(uint index, out Ref<T> element)
    {
        bool found = index < (uint)_elements.Length;
        element = found ? new Ref<T>(ref _elements[index]) : default;
        return found;
    }

    /// <summary>Sets all elements to zeros. Not for kernel code.</summary>
    public void Clear() => Array.Clear(_elements);
}
