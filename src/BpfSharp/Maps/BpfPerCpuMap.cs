using System.Buffers;
using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using BpfSharp.Maps;
using BpfSharp.Syscalls;

namespace BpfSharp;

/// <summary>What the typed per-CPU maps have in common: each key has one value for every CPU that could ever be there.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TValue">One CPU's value.</typeparam>
/// <remarks>
/// Operations may be called from any thread and allocate nothing, apart from those that return arrays. Enumeration reads the map in batches while it
/// changes: every entry that is there throughout is seen; it ends even if entries come faster than they are read.
/// </remarks>
[SuppressMessage("Design", "CA1010", Justification = "A map is no collection of the managed heap: its count is not known without reading it.")]
public abstract unsafe class BpfPerCpuMap<TKey, TValue> : BpfMap, IEnumerable<KeyValuePair<TKey, TValue[]>>
    where TKey : unmanaged
    where TValue : unmanaged
{
    private protected BpfPerCpuMap(BpfMap map) : base(map)
    {
        CheckType<TKey>(KeySize, "key");
        CheckType<TValue>(ValueSize, "value");
    }

    /// <summary>How many values each key has: the number of possible CPUs.</summary>
    public int CpuCount { get; } = PossibleCpus.Count;

    // Where values lie side by side in the kernel's layout, they need no copy.
    private static bool IsPacked => PerCpuLayout.Stride(sizeof(TValue)) == sizeof(TValue);

    /// <summary>Copies a key's values, one for each CPU (<c>BPF_MAP_LOOKUP_ELEM</c>).</summary>
    /// <param name="key">The key.</param>
    /// <param name="values">Gets the values; at least <see cref="CpuCount"/> of them.</param>
    /// <returns>Whether the key is there.</returns>
    /// <exception cref="ArgumentException">There is not room for all CPUs' values.</exception>
    public bool TryGetValues(TKey key, Span<TValue> values)
    {
        int result = Read(BpfCommand.MapLookup, key, values);
        return result == 0 || Found(result, "look up a key in");
    }

    /// <summary>Gets a key's values by a command that gives them; its result.</summary>
    private protected int Read(BpfCommand command, TKey key, Span<TValue> values)
    {
        if (values.Length < CpuCount) throw new ArgumentException($"there are {CpuCount} CPUs, but room for {values.Length} values", nameof(values));
        if (IsPacked)
            fixed (TValue* direct = values) return BpfSyscall.Element(command, Fd, &key, direct, 0);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BytesPerLookup);
        try
        {
            fixed (byte* raw = buffer)
            {
                int result = BpfSyscall.Element(command, Fd, &key, raw, 0);
                if (result == 0) PerCpuLayout.Gather(raw, values[..CpuCount]);
                return result;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>A key's values, one for each CPU, in a new array; null if the key is not there.</summary>
    public TValue[]? GetValues(TKey key)
    {
        TValue[] values = new TValue[CpuCount];
        return TryGetValues(key, values) ? values : null;
    }

    /// <summary>Creates or replaces a key's values.</summary>
    /// <param name="key">The key.</param>
    /// <param name="values">One for each CPU: <see cref="CpuCount"/> of them.</param>
    /// <param name="mode">Whether the key may or must be there.</param>
    /// <returns>False if <paramref name="mode"/> forbids it.</returns>
    public bool SetValues(TKey key, ReadOnlySpan<TValue> values, BpfUpdateMode mode = BpfUpdateMode.Any)
    {
        if (values.Length != CpuCount) throw new ArgumentException($"there are {CpuCount} CPUs, but {values.Length} values", nameof(values));
        if (IsPacked)
            fixed (TValue* direct = values) return Updated(BpfSyscall.MapUpdate(Fd, &key, direct, (ulong)mode), mode);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BytesPerLookup);
        try
        {
            buffer.AsSpan(0, BytesPerLookup).Clear();
            fixed (byte* raw = buffer)
            {
                PerCpuLayout.Spread(values, raw);
                return Updated(BpfSyscall.MapUpdate(Fd, &key, raw, (ulong)mode), mode);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Gives every CPU the same value of a key.</summary>
    public void SetAll(TKey key, TValue value)
    {
        TValue[] values = ArrayPool<TValue>.Shared.Rent(CpuCount);
        values.AsSpan(0, CpuCount).Fill(value);
        SetValues(key, values.AsSpan(0, CpuCount));
        ArrayPool<TValue>.Shared.Return(values);
    }

    /// <summary>
    /// Copies up to <c>keys.Length</c> entries into the map (<c>BPF_MAP_UPDATE_BATCH</c>, kernel 5.6 for hash maps, 5.13 for arrays; one by one before, and for
    /// modes other than <see cref="BpfUpdateMode.Any"/>).
    /// </summary>
    /// <param name="keys">The keys.</param>
    /// <param name="values">For each key <see cref="CpuCount"/> values, key after key.</param>
    /// <param name="mode">Whether keys may or must be there already.</param>
    /// <returns>How many were written before one was refused because of <paramref name="mode"/>: all, if none was.</returns>
    /// <exception cref="ArgumentException">There are not <see cref="CpuCount"/> values for each key.</exception>
    /// <exception cref="BpfException">The map is full, an index is out of range, or the kernel refused.</exception>
    public int SetRange(ReadOnlySpan<TKey> keys, ReadOnlySpan<TValue> values, BpfUpdateMode mode = BpfUpdateMode.Any)
    {
        MapBatch.CheckLengths(keys.Length, values.Length, CpuCount);
        fixed (TKey* k = keys)
        {
            if (IsPacked)
                fixed (TValue* direct = values) return MapBatch.Update(this, k, direct, keys.Length, mode);
            byte* raw = (byte*)NativeMemory.AllocZeroed((nuint)keys.Length, (nuint)BytesPerLookup);
            try
            {
                PerCpuLayout.Spread(values, raw);
                return MapBatch.Update(this, k, raw, keys.Length, mode);
            }
            finally
            {
                NativeMemory.Free(raw);
            }
        }
    }

    /// <summary>
    /// Copies entries out of the map in as few system calls as the kernel has (<c>BPF_MAP_LOOKUP_BATCH</c>, kernel 5.6 for hash maps, 5.13 for arrays; one
    /// by one before).
    /// </summary>
    /// <param name="keys">Gets the keys; with room for <see cref="BpfMap.MaxEntries"/> of them, all entries fit.</param>
    /// <param name="values">Gets <see cref="CpuCount"/> values for each key, key after key.</param>
    /// <returns>How many entries were copied: all, unless there was less room than entries.</returns>
    /// <exception cref="ArgumentException">There is not room for <see cref="CpuCount"/> values for each key.</exception>
    public int CopyTo(Span<TKey> keys, Span<TValue> values) => ReadRange(keys, values, take: false);

    /// <summary>Enumerates the entries without allocating per entry.</summary>
    public PerCpuMapEnumerator<TKey, TValue> GetEnumerator() => new(this, CpuCount);

    IEnumerator<KeyValuePair<TKey, TValue[]>> IEnumerable<KeyValuePair<TKey, TValue[]>>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Copies entries, which <paramref name="take"/> also removes.</summary>
    private protected int ReadRange(Span<TKey> keys, Span<TValue> values, bool take)
    {
        MapBatch.CheckLengths(keys.Length, values.Length, CpuCount);
        fixed (TKey* k = keys)
        {
            if (IsPacked)
                fixed (TValue* direct = values) return MapBatch.Read(this, k, direct, keys.Length, take);
            byte* raw = (byte*)NativeMemory.Alloc((nuint)keys.Length, (nuint)BytesPerLookup);
            try
            {
                int read = MapBatch.Read(this, k, raw, keys.Length, take);
                PerCpuLayout.Gather(raw, values[..(read * CpuCount)]);
                return read;
            }
            finally
            {
                NativeMemory.Free(raw);
            }
        }
    }
}
