using System.Buffers;
using BpfSharp.Objects.Kernel;

namespace BpfSharp;

/// <summary>An array with one value per CPU for each index (<c>BPF_MAP_TYPE_PERCPU_ARRAY</c>).</summary>
/// <typeparam name="T">One CPU's value.</typeparam>
/// <remarks>Operations may be called from any thread; disposing must not run at the same time as one.</remarks>
public sealed class BpfPerCpuArray<T> : BpfPerCpuMap<int, T>
    where T : unmanaged
{
    /// <summary>Makes a typed view of a map.</summary>
    /// <exception cref="ArgumentException">It is of another kind, or its elements are of another size.</exception>
    public BpfPerCpuArray(BpfMap map) : base(map) => CheckKind(nameof(BpfPerCpuArray<>), MapType.PerCpuArray);

    /// <summary>How many indices there are.</summary>
    public int Count => (int)MaxEntries;

    /// <summary>The values at an index, one for each CPU, in a new array.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The index is negative or not below <see cref="Count"/>.</exception>
    public T[] this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            return GetValues(index)!;
        }
    }

    /// <summary>Copies all elements (<c>BPF_MAP_LOOKUP_BATCH</c>, kernel 5.13; one by one before).</summary>
    /// <param name="destination">Gets the values, <see cref="BpfPerCpuMap{TKey, TValue}.CpuCount"/> for each of <see cref="Count"/> indices, index after index.</param>
    /// <exception cref="ArgumentException">There is not room for all.</exception>
    public void CopyTo(Span<T> destination)
    {
        long all = (long)Count * CpuCount;
        if (destination.Length < all) throw new ArgumentException($"{all} values do not fit in {destination.Length}", nameof(destination));
        int[] keys = ArrayPool<int>.Shared.Rent(Count);
        ReadRange(keys.AsSpan(0, Count), destination[..(int)all], take: false);
        ArrayPool<int>.Shared.Return(keys);
    }
}
