using System.Collections;
using System.ComponentModel;
using System.Runtime.CompilerServices;
using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>What the maps with keys have in common. In .NET the entries are kept in memory; in the kernel each method is a call of a map helper.</summary>
/// <typeparam name="TKey">The keys' type; keys are equal if their bytes are.</typeparam>
/// <typeparam name="TValue">The values' type.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class KeyedMap<TKey, TValue> : IEnumerable<KeyValuePair<TKey, TValue>>, IInnerMap
    where TKey : unmanaged
    where TValue : unmanaged
{
    // A box per value: a Ref<T> stays valid while others are added and, as in the kernel, after its own entry is removed.
    private readonly Dictionary<TKey, StrongBox<TValue>> _entries = new(BytewiseComparer<TKey>.Instance);

    private protected KeyedMap(uint maxEntries) => MaxEntries = maxEntries;

    /// <summary>The capacity in entries.</summary>
    public uint MaxEntries { get; }

    /// <summary>How many entries there are. Not for kernel code: the kernel does not count them.</summary>
    public int Count
    {
        get
        {
            lock (_entries) return _entries.Count;
        }
    }

    /// <summary>Finds the value of <paramref name="key"/> in place (<c>bpf_map_lookup_elem</c>).</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value, to read and to change in place; refers to nothing if the key is not in the map.</param>
    /// <returns>Whether the key is in the map.</returns>
    [KernelIntrinsic("map.tryGetRef")]
    public bool TryGetRef(scoped in TKey key, out Ref<TValue> value)
    {
        StrongBox<TValue>? box = Find(key);
        value = box is null ? default : new Ref<TValue>(ref box.Value);
        return box is not null;
    }

    /// <summary>Copies the value of <paramref name="key"/> (<c>bpf_map_lookup_elem</c>).</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value, zeros if the key is not in the map.</param>
    /// <returns>Whether the key is in the map.</returns>
    [KernelIntrinsic("map.tryGetValue")]
    public bool TryGetValue(scoped in TKey key, out TValue value)
    {
        StrongBox<TValue>? box = Find(key);
        value = box is null ? default : box.Value;
        return box is not null;
    }

    /// <summary>Whether <paramref name="key"/> is in the map (<c>bpf_map_lookup_elem</c>).</summary>
    [KernelIntrinsic("map.contains")]
    public bool Contains(scoped in TKey key) => Find(key) is not null;

    /// <summary>Adds an entry if the key is not in the map yet (<c>bpf_map_update_elem</c> with <c>BPF_NOEXIST</c>).</summary>
    /// <returns>False if the key is there already or the map is full.</returns>
    [KernelIntrinsic("map.tryAdd")]
    public bool TryAdd(scoped in TKey key, scoped in TValue value)
    {
        lock (_entries) return !_entries.ContainsKey(key) && Store(key, value);
    }

    /// <summary>Changes the value of a key that is in the map (<c>bpf_map_update_elem</c> with <c>BPF_EXIST</c>).</summary>
    /// <returns>False if the key is not in the map.</returns>
    [KernelIntrinsic("map.tryUpdate")]
    public bool TryUpdate(scoped in TKey key, scoped in TValue value)
    {
        lock (_entries) return _entries.ContainsKey(key) && Store(key, value);
    }

    /// <summary>Adds an entry or changes its value (<c>bpf_map_update_elem</c> with <c>BPF_ANY</c>).</summary>
    /// <returns>False if the map is full.</returns>
    [KernelIntrinsic("map.set")]
    public bool Set(scoped in TKey key, scoped in TValue value)
    {
        lock (_entries) return Store(key, value);
    }

    /// <summary>Removes an entry (<c>bpf_map_delete_elem</c>).</summary>
    /// <returns>False if the key is not in the map.</returns>
    [KernelIntrinsic("map.remove")]
    public bool Remove(scoped in TKey key)
    {
        lock (_entries) return _entries.Remove(key);
    }

    /// <summary>
    /// Runs a body for each entry, in no particular order (<c>bpf_for_each_map_elem</c>, kernel 5.13; not for LPM tries). The body may change the value
    /// in place and remove the entry. In a per-CPU map the values are this processor's.
    /// </summary>
    /// <typeparam name="TState">The type of what the body works on.</typeparam>
    /// <param name="state">What the body works on.</param>
    /// <param name="body">A static lambda or method that captures nothing; it returns whether to go on.</param>
    /// <returns>For how many entries it ran.</returns>
    [KernelIntrinsic("map.forEach")]
    public uint ForEach<TState>(ref TState state, MapBody<TKey, TValue, TState> body)
        where TState : unmanaged
    {
        ArgumentNullException.ThrowIfNull(body);
        List<KeyValuePair<TKey, StrongBox<TValue>>> entries;
        lock (_entries) entries = [.. _entries];
        uint count = 0;
        foreach ((TKey key, StrongBox<TValue> box) in entries)
        {
            count++;
            if (!body(in key, ref box.Value, ref state)) break;
        }
        return count;
    }

    /// <summary>Removes all entries. Not for kernel code.</summary>
    public void Clear()
    {
        lock (_entries) _entries.Clear();
    }

    /// <summary>The entries as they are now. Not for kernel code.</summary>
    public IEnumerator<KeyValuePair<TKey, TValue>> GetEnumerator()
    {
        List<KeyValuePair<TKey, TValue>> copy = [];
        lock (_entries)
            foreach ((TKey key, StrongBox<TValue> box) in _entries) copy.Add(new(key, box.Value));
        return copy.GetEnumerator();
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The entry that a byte is in the value of.</summary>
    internal (TKey Key, StrongBox<TValue> Box) EntryOf(ref byte part)
    {
        lock (_entries)
        {
            foreach ((TKey key, StrongBox<TValue> box) in _entries)
            {
                nint offset = Unsafe.ByteOffset(ref Unsafe.As<TValue, byte>(ref box.Value!), ref part);
                if (offset >= 0 && offset < Unsafe.SizeOf<TValue>()) return (key, box);
            }
        }

        throw new InvalidOperationException("It is in no value of this map.");
    }

    private protected virtual StrongBox<TValue>? Find(in TKey key)
    {
        lock (_entries) return _entries.GetValueOrDefault(key);
    }

    private protected IEnumerable<KeyValuePair<TKey, StrongBox<TValue>>> Boxes => _entries;

    /// <summary>Makes room for one more entry; false if there is none.</summary>
    private protected virtual bool MakeRoom(Dictionary<TKey, StrongBox<TValue>> entries) => false;

    private bool Store(in TKey key, in TValue value)
    {
        // An update replaces the element, so that a Ref<T> taken before keeps the old value, as in the kernel.
        if (!_entries.ContainsKey(key) && _entries.Count >= MaxEntries && !MakeRoom(_entries)) return false;
        _entries[key] = new StrongBox<TValue>(value);
        return true;
    }
}
