using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using BpfSharp.Maps;
using BpfSharp.Syscalls;

namespace BpfSharp;

/// <summary>What the typed maps with keys and one value each have in common: hash maps, LRU hash maps and LPM tries.</summary>
/// <typeparam name="TKey">The key; its size is the kernel's key size. Padding inside it counts, so leave none.</typeparam>
/// <typeparam name="TValue">The value; its size is the kernel's value size.</typeparam>
/// <remarks>
/// Operations are one system call each, allocate nothing and may be called from any thread. Enumeration reads the map in
/// batches while it changes: every entry that is there throughout is seen; it ends even if entries come faster than they are read.
/// </remarks>
[SuppressMessage("Design", "CA1010", Justification = "A map is no collection of the managed heap: its count is not known without reading it.")]
public abstract unsafe class BpfKeyedMap<TKey, TValue> : BpfMap, IEnumerable<KeyValuePair<TKey, TValue>>
    where TKey : unmanaged
    where TValue : unmanaged
{
    private const int NotThere = -(int)Errno.ENOENT;

    private protected BpfKeyedMap(BpfMap map) : base(map)
    {
        CheckType<TKey>(KeySize, "key");
        CheckType<TValue>(ValueSize, "value");
    }

    /// <summary>Reads the value of a key that is there, or creates or replaces it.</summary>
    /// <exception cref="KeyNotFoundException">Reading: the key is not there.</exception>
    /// <exception cref="BpfException">The kernel refused, e.g. because the map is full.</exception>
    public TValue this[TKey key]
    {
        get => TryGetValue(key, out TValue value) ? value : throw new KeyNotFoundException($"{What} does not have the key {key}");
        set => Set(key, value);
    }

    /// <summary>Copies the value of a key (<c>BPF_MAP_LOOKUP_ELEM</c>).</summary>
    /// <returns>Whether the key is there.</returns>
    public bool TryGetValue(TKey key, out TValue value)
    {
        Unsafe.SkipInit(out value);
        int result;
        fixed (TValue* v = &value) result = Element(BpfCommand.MapLookup, &key, v, ElementFlags);
        if (result == 0) return true;
        value = default;
        // Not in Found: a call costs more behind a system call than elsewhere.
        return result != NotThere && Found(result, "look up a key in");
    }

    /// <summary>Whether a key is there.</summary>
    public bool ContainsKey(TKey key) => TryGetValue(key, out _);

    /// <summary>Adds an entry unless the key is there (<c>BPF_NOEXIST</c>).</summary>
    /// <returns>Whether it was added.</returns>
    /// <exception cref="BpfException">The map is full, or the kernel refused.</exception>
    public bool TryAdd(TKey key, TValue value) => Write(key, value, BpfUpdateMode.MustBeNew);

    /// <summary>Replaces the value of a key that is there (<c>BPF_EXIST</c>).</summary>
    /// <returns>Whether the key was there.</returns>
    public bool TryReplace(TKey key, TValue value) => Write(key, value, BpfUpdateMode.MustExist);

    /// <summary>Creates or replaces an entry (<c>BPF_ANY</c>).</summary>
    /// <exception cref="BpfException">The map is full, or the kernel refused.</exception>
    public void Set(TKey key, TValue value) => Write(key, value, BpfUpdateMode.Any);

    /// <summary>Removes a key (<c>BPF_MAP_DELETE_ELEM</c>).</summary>
    /// <returns>Whether it was there.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Remove(TKey key)
    {
        int result = Element(BpfCommand.MapDelete, &key, null);
        return result == 0 || (result != NotThere && Found(result, "remove a key of"));
    }

    /// <summary>How many entries there are, found by enumerating them. It costs a read of the whole map.</summary>
    public int Count() => MapWalk<TKey>.Count(this);

    /// <summary>Removes all entries that are there; entries that programs add meanwhile may stay.</summary>
    public void Clear() => MapWalk<TKey>.Clear(this);

    /// <summary>Copies up to <c>keys.Length</c> entries into the map (<c>BPF_MAP_UPDATE_BATCH</c>, kernel 5.6, for tries 5.13; one by one before).</summary>
    /// <param name="keys">The keys.</param>
    /// <param name="values">As many values.</param>
    /// <param name="mode">Whether keys may or must be there already.</param>
    /// <returns>How many were written before one was refused because of <paramref name="mode"/>: all, if none was.</returns>
    /// <exception cref="BpfException">The map is full, or the kernel refused.</exception>
    /// <exception cref="ArgumentException">There are not as many values as keys.</exception>
    public int SetRange(ReadOnlySpan<TKey> keys, ReadOnlySpan<TValue> values, BpfUpdateMode mode = BpfUpdateMode.Any)
    {
        MapBatch.CheckLengths(keys.Length, values.Length);
        fixed (TKey* k = keys)
        fixed (TValue* v = values) return MapBatch.Update(this, k, v, keys.Length, mode);
    }

    /// <summary>Removes several keys (<c>BPF_MAP_DELETE_BATCH</c>, kernel 5.6, for tries 5.13; one by one before).</summary>
    /// <returns>How many of them were there.</returns>
    public int RemoveRange(ReadOnlySpan<TKey> keys) => MapBatch.Delete(this, keys);

    /// <summary>
    /// Copies entries out of the map in as few system calls as the kernel has (<c>BPF_MAP_LOOKUP_BATCH</c>, kernel 5.6, for tries 5.13; one by one before).
    /// </summary>
    /// <param name="keys">Gets the keys; with room for <see cref="BpfMap.MaxEntries"/> of them, all entries fit.</param>
    /// <param name="values">Gets as many values.</param>
    /// <returns>How many entries were copied: all, unless there was less room than entries.</returns>
    /// <exception cref="ArgumentException">There is not room for as many values as keys.</exception>
    public int CopyTo(Span<TKey> keys, Span<TValue> values) => ReadRange(keys, values, take: false);

    /// <summary>
    /// Takes entries out of the map (<c>BPF_MAP_LOOKUP_AND_DELETE_BATCH</c>, kernel 5.6): no change that a program makes is lost between
    /// reading and removing. Tries, for which no kernel has that command, are read and emptied entry by entry, where such a change can be lost; so is, before
    /// kernel 5.14, what lies in a bucket of a hash map that is larger than the room.
    /// </summary>
    /// <param name="keys">Gets the keys.</param>
    /// <param name="values">Gets as many values.</param>
    /// <returns>How many entries were taken: all, unless there was less room than entries; what found no room stays in the map.</returns>
    /// <exception cref="ArgumentException">There is not room for as many values as keys.</exception>
    public int TakeAll(Span<TKey> keys, Span<TValue> values) => ReadRange(keys, values, take: true);

    /// <summary>Enumerates the entries without allocating per entry.</summary>
    public MapEnumerator<TKey, TValue> GetEnumerator() => new(this);

    IEnumerator<KeyValuePair<TKey, TValue>> IEnumerable<KeyValuePair<TKey, TValue>>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private int ReadRange(Span<TKey> keys, Span<TValue> values, bool take)
    {
        MapBatch.CheckLengths(keys.Length, values.Length);
        fixed (TKey* k = keys)
        fixed (TValue* v = values) return MapBatch.Read(this, k, v, keys.Length, take);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Write(TKey key, TValue value, BpfUpdateMode mode)
    {
        int result = Element(BpfCommand.MapUpdate, &key, &value, (ulong)mode | ElementFlags);
        return result == 0 || Updated(result, mode);
    }

    // None of the kinds with this base waits in the kernel, so that only the size decides; the JIT knows it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Element(BpfCommand command, TKey* key, TValue* value, ulong flags = 0) =>
        sizeof(TKey) + sizeof(TValue) <= BpfSyscall.ShortValue
            ? BpfSyscall.ShortElement(command, Fd, key, value, flags)
            : BpfSyscall.Element(command, Fd, key, value, flags);
}
