using System.Runtime.CompilerServices;
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
    /// <exception cref="BpfException">The kernel is older than 5.14, or refused.</exception>
    public bool TryRemove(TKey key, Span<TValue> values) => Read(BpfCommand.MapLookupAndDelete, key, values, "take a key out of");

    /// <summary>
    /// Enumerates the entries as they are read, each with one CPU's values after the other. It ends under any amount of change: after
    /// twice the map's capacity at the latest.
    /// </summary>
    public IEnumerable<KeyValuePair<TKey, TValue[]>> Entries()
    {
        long budget = EnumerationBudget;
        TKey key = default;
        for (bool first = true; budget > 0 && Next(ref key, first); budget--, first = false)
            if (GetValues(key) is { } values) yield return new(key, values);
    }

    private bool Next(ref TKey key, bool first)
    {
        TKey current = key, next;
        int result = BpfSyscall.MapNextKey(Fd, first ? null : &current, &next);
        if (!Found(result, "enumerate")) return false;
        key = next;
        return true;
    }
}
