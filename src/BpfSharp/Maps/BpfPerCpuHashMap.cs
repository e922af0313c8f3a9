using System.Runtime.CompilerServices;
using BpfSharp.Maps;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp;

/// <summary>
/// A hash map with one value per CPU for each key (<c>BPF_MAP_TYPE_PERCPU_HASH</c>, <c>BPF_MAP_TYPE_LRU_PERCPU_HASH</c>). Of <c>BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE</c>
/// the keys are <see cref="BpfCgroupStorageKey"/>, made when a program is first attached, and gone with the group.
/// </summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TValue">One CPU's value.</typeparam>
/// <remarks>Operations may be called from any thread; disposing must not run at the same time as one.</remarks>
public sealed unsafe class BpfPerCpuHashMap<TKey, TValue> : BpfPerCpuMap<TKey, TValue>
    where TKey : unmanaged
    where TValue : unmanaged
{
    /// <summary>Makes a typed view of a map.</summary>
    /// <exception cref="ArgumentException">It is of another kind, or its keys or values are of another size.</exception>
    public BpfPerCpuHashMap(BpfMap map) : base(map) => CheckKind(nameof(BpfPerCpuHashMap<,>), MapType.PerCpuHash, MapType.LruPerCpuHash, MapType.PerCpuCgroupStorage);

    /// <summary>Whether a key is there.</summary>
    public bool ContainsKey(TKey key)
    {
        Span<TValue> values = CpuCount * Unsafe.SizeOf<TValue>() <= 4096 ? stackalloc TValue[CpuCount] : new TValue[CpuCount];
        return TryGetValues(key, values);
    }

    /// <summary>Removes a key (<c>BPF_MAP_DELETE_ELEM</c>).</summary>
    /// <returns>Whether it was there.</returns>
    public bool Remove(TKey key)
    {
        int result = BpfSyscall.MapDelete(Fd, &key);
        return result == 0 || Found(result, "remove a key of");
    }

    /// <summary>Takes a key and its values out of the map, in one step (<c>BPF_MAP_LOOKUP_AND_DELETE_ELEM</c>, kernel 5.14; of LRU maps, too).</summary>
    /// <param name="key">The key.</param>
    /// <param name="values">Gets the values, one for each CPU; at least <see cref="BpfPerCpuMap{TKey, TValue}.CpuCount"/> of them.</param>
    /// <returns>Whether it was there.</returns>
    /// <exception cref="ArgumentException">There is not room for all CPUs' values.</exception>
    /// <remarks>On kernels before 5.14 it is a lookup and then a removal: a change that a program makes between them is lost.</remarks>
    public bool TryRemove(TKey key, Span<TValue> values)
    {
        int result = Read(BpfCommand.MapLookupAndDelete, key, values);
        if (MapBatch.IsUnsupported(result)) return TryGetValues(key, values) && Remove(key);
        return result == 0 || Found(result, "take a key out of");
    }

    /// <summary>How many entries there are, found by enumerating them. It costs a read of the whole map.</summary>
    public int Count() => MapWalk<TKey>.Count(this);

    /// <summary>Removes all entries that are there; entries that programs add meanwhile may stay.</summary>
    public void Clear() => MapWalk<TKey>.Clear(this);

    /// <summary>Removes several keys (<c>BPF_MAP_DELETE_BATCH</c>, kernel 5.6; one by one before).</summary>
    /// <returns>How many of them were there.</returns>
    public int RemoveRange(ReadOnlySpan<TKey> keys) => MapBatch.Delete(this, keys);

    /// <summary>
    /// Takes entries out of the map (<c>BPF_MAP_LOOKUP_AND_DELETE_BATCH</c>, kernel 5.6): no change that a program makes is lost between
    /// reading and removing. What lies in a bucket that is larger than the room is taken entry by entry, where before kernel 5.14 such a change can be lost.
    /// </summary>
    /// <param name="keys">Gets the keys.</param>
    /// <param name="values">Gets <see cref="BpfPerCpuMap{TKey, TValue}.CpuCount"/> values for each key, key after key.</param>
    /// <returns>How many entries were taken: all, unless there was less room than entries; what found no room stays in the map.</returns>
    /// <exception cref="ArgumentException">There is not room for <see cref="BpfPerCpuMap{TKey, TValue}.CpuCount"/> values for each key.</exception>
    public int TakeAll(Span<TKey> keys, Span<TValue> values) => ReadRange(keys, values, take: true);
}
