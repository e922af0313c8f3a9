using System.Buffers;
using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfSharp.Errors;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp;

/// <summary>
/// Enumerates a map with <c>BPF_MAP_LOOKUP_BATCH</c> (kernel 5.6), key by key where the kernel has none. It ends under any
/// amount of change: batches walk the map's buckets once, and the walk by keys stops after twice the map's capacity.
/// </summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TValue">The value.</typeparam>
[SuppressMessage("Performance", "CA1815", Justification = "Enumerators are not compared.")]
[SuppressMessage("Design", "CA1062", Justification = "The map is never null: only maps make enumerators.")]
public unsafe struct MapEnumerator<TKey, TValue> : IEnumerator<KeyValuePair<TKey, TValue>>
    where TKey : unmanaged
    where TValue : unmanaged
{
    // Buckets of a hash map are read whole, so a batch must hold the largest bucket; ENOSPC makes it grow.
    private const int FirstBatch = 4096;

    private readonly BpfMap _map;
    private TKey[]? _keys;
    private TValue[]? _values;
    private Cursor _cursor;
    private TKey _lastKey;
    private int _index;
    private int _count;
    private long _budget;
    private bool _started;
    private Phase _phase;

    /// <summary>Where the kernel goes on: a bucket number for hash maps, a key for the others.</summary>
    private struct Cursor
    {
        public TKey Key;
        public ulong Room;
    }

    private enum Phase
    {
        Start,
        Batches,
        Keys,
        Done,
    }

    internal MapEnumerator(BpfMap map)
    {
        _map = map;
        _index = -1;
        _budget = map.EnumerationBudget;
        int size = (int)Math.Min(Math.Max(map.MaxEntries, 16), FirstBatch);
        _keys = ArrayPool<TKey>.Shared.Rent(size);
        _values = ArrayPool<TValue>.Shared.Rent(size);
    }

    /// <summary>The entry, as it was when its batch was read.</summary>
    public readonly KeyValuePair<TKey, TValue> Current => new(_keys![_index], _values![_index]);

    readonly object IEnumerator.Current => Current;

    /// <summary>
    /// How many entries were removed between finding their keys and reading their values. Batches read both at once and miss none; it is
    /// counted where the kernel has no batches for the map.
    /// </summary>
    public long Missed { get; private set; }

    /// <summary>
    /// Whether the end of the map was reached, once <see cref="MoveNext"/> returned false. It was not if keys were removed so fast that the kernel
    /// kept starting over: then entries may have been missed, and some seen twice.
    /// </summary>
    public bool IsComplete { get; private set; }

    /// <summary>Goes to the next entry.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The map was disposed.</exception>
    public bool MoveNext()
    {
        if (++_index < _count) return true;
        while (_phase != Phase.Done)
        {
            if (_phase == Phase.Keys ? NextKey() : NextBatch())
            {
                _index = 0;
                return true;
            }
        }

        _index = _count = 0;
        return false;
    }

    /// <summary>Starts over.</summary>
    public void Reset()
    {
        (_phase, _index, _count, _cursor) = (Phase.Start, -1, 0, default);
        (_budget, _started) = (_map.EnumerationBudget, false);
        (Missed, IsComplete) = (0, false);
    }

    /// <summary>Gives back the buffers.</summary>
    public void Dispose()
    {
        if (_keys is not null) ArrayPool<TKey>.Shared.Return(_keys);
        if (_values is not null) ArrayPool<TValue>.Shared.Return(_values);
        (_keys, _values, _phase, _count) = (null, null, Phase.Done, 0);
    }

    /// <summary>Reads the next batch; false if there is nothing in it, and then <see cref="_phase"/> says how to go on.</summary>
    private bool NextBatch()
    {
        Cursor next = default, cursor = _cursor;
        MapBatchAttributes attributes = new()
        {
            InBatch = _phase == Phase.Start ? null : &cursor,
            OutBatch = &next,
            Count = (uint)Math.Min(_keys!.Length, _values!.Length),
            MapFd = _map.Fd,
        };
        int result;
        fixed (TKey* keys = _keys)
        fixed (TValue* values = _values)
        {
            attributes.Keys = keys;
            attributes.Values = values;
            result = BpfSyscall.MapBatch(BpfCommand.MapLookupBatch, ref attributes);
        }

        _count = 0;
        switch ((Errno)(-result))
        {
            // EINTR: keys vanished while tries and arrays were read; what was copied before is good.
            case Errno.None or Errno.EINTR:
                IsComplete = attributes.Count == 0 && result == 0;
                _phase = IsComplete ? Phase.Done : Phase.Batches;
                break;
            case Errno.ENOENT:
                (_phase, IsComplete) = (Phase.Done, true);
                break;
            // The next bucket is larger than the buffer, and nothing was copied.
            case Errno.ENOSPC:
                Grow();
                return false;
            case Errno.EINVAL or Errno.ENOTSUPP or Errno.EOPNOTSUPP when _phase == Phase.Start:
                _phase = Phase.Keys;
                return false;
            default:
                throw BpfError.Create(result, $"enumerate {_map.What}");
        }

        if (attributes.Count > 0) _cursor = next;
        _count = (int)attributes.Count;
        // Only a hash map's buckets are walked once for sure; a walk by keys starts over when its key vanishes.
        if (_map.Type is not (MapType.Hash or MapType.LruHash) && (_budget -= Math.Max(_count, 1)) < 0) _phase = Phase.Done;
        return _count > 0;
    }

    /// <summary>Reads the next entry by key; false at the end, and for a key that was removed before its value could be read.</summary>
    private bool NextKey()
    {
        TKey key = _lastKey, next;
        int result = BpfSyscall.MapNextKey(_map.Fd, _started ? &key : null, &next);
        bool found = _map.Found(result, "enumerate");
        if (!found || --_budget < 0)
        {
            (_phase, IsComplete) = (Phase.Done, !found);
            return false;
        }

        (_lastKey, _started, _count) = (next, true, 1);
        _keys![0] = next;
        fixed (TValue* value = &_values![0])
            if (_map.Found(BpfSyscall.MapLookup(_map.Fd, &next, value), "enumerate")) return true;
        Missed++;
        return false;
    }

    private void Grow()
    {
        int size = checked(Math.Min(_keys!.Length, _values!.Length) * 2);
        ArrayPool<TKey>.Shared.Return(_keys);
        ArrayPool<TValue>.Shared.Return(_values!);
        _keys = ArrayPool<TKey>.Shared.Rent(size);
        _values = ArrayPool<TValue>.Shared.Rent(size);
    }
}
