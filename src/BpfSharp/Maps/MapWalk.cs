using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfSharp.Errors;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp.Maps;

/// <summary>
/// Reads a map from end to end, in batches or key by key: what the enumerators of all kinds do. A value is as many bytes as a lookup copies, which are
/// all CPUs' values of a per-CPU map.
/// </summary>
internal unsafe struct MapWalk<TKey> : IDisposable
    where TKey : unmanaged
{
    // Buckets of a hash map are read whole, so a batch must hold the largest bucket; ENOSPC makes it grow.
    private const int FirstBatch = 4096;
    private const int FirstBytes = 1 << 20;

    private readonly BpfMap _map;
    private readonly int _valueBytes;
    private TKey[]? _keys;
    private byte[]? _values;
    private Cursor _cursor;
    private TKey _lastKey;
    private TKey _absentKey;
    private int _index;
    private int _count;
    private long _budget;
    private bool _started;
    private bool _hasAbsentKey;
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

    public MapWalk(BpfMap map)
    {
        _map = map;
        _index = -1;
        _budget = map.EnumerationBudget;
        _valueBytes = map.BytesPerLookup;
        Rent((int)Math.Min(Math.Max(map.MaxEntries, 16), Math.Clamp(FirstBytes / _valueBytes, 16, FirstBatch)));
    }

    /// <summary>The key of the entry.</summary>
    public readonly TKey Key => _keys![_index];

    /// <summary>The bytes of its value.</summary>
    public readonly Span<byte> Value => _values.AsSpan(_index * _valueBytes, _valueBytes);

    /// <summary>Its value where that is one <typeparamref name="TValue"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly TValue ValueAs<TValue>() where TValue : unmanaged => Unsafe.ReadUnaligned<TValue>(in _values![_index * sizeof(TValue)]);

    /// <summary>How many entries went between the reading of their keys and of their values.</summary>
    public long Missed { get; private set; }

    /// <summary>Whether the end of the map was reached.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Goes to the next entry.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool MoveNext() => ++_index < _count || ReadNext();

    /// <summary>Starts over.</summary>
    public void Reset()
    {
        (_phase, _index, _count, _cursor) = (Phase.Start, -1, 0, default);
        (_budget, _started, _hasAbsentKey) = (_map.EnumerationBudget, false, false);
        (Missed, IsComplete) = (0, false);
    }

    /// <summary>Gives back the buffers.</summary>
    public void Dispose()
    {
        if (_keys is not null) ArrayPool<TKey>.Shared.Return(_keys);
        if (_values is not null) ArrayPool<byte>.Shared.Return(_values);
        (_keys, _values, _phase, _count) = (null, null, Phase.Done, 0);
    }

    /// <summary>How many entries a map has.</summary>
    public static int Count(BpfMap map)
    {
        using MapWalk<TKey> entries = new(map);
        int count = 0;
        while (entries.MoveNext()) count++;
        return count;
    }

    /// <summary>Removes all entries that are there.</summary>
    public static void Clear(BpfMap map)
    {
        using MapWalk<TKey> entries = new(map);
        // A second pass sees what the first one's removals moved past it; new entries of running programs do not keep it going.
        for (int pass = 0; pass < 2; pass++)
        {
            entries.Reset();
            while (entries.MoveNext())
            {
                TKey key = entries.Key;
                map.Found(BpfSyscall.MapDelete(map.Fd, &key), "remove a key of");
            }
        }
    }

    private bool ReadNext()
    {
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

    /// <summary>Reads the next batch; false if there is nothing in it, and then <see cref="_phase"/> says how to go on.</summary>
    private bool NextBatch()
    {
        Cursor next = default, cursor = _cursor;
        MapBatchAttributes attributes = new()
        {
            InBatch = _phase == Phase.Start ? null : &cursor,
            OutBatch = &next,
            Count = (uint)Room,
            MapFd = _map.Fd,
            ElementFlags = _map.ElementFlags,
        };
        int result;
        fixed (TKey* keys = _keys)
        fixed (byte* values = _values)
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
                throw BpfError.Create(result, $"enumerate {_map.What}", MapErrors.KeyHint(_map, (Errno)(-result)));
        }

        if (attributes.Count > 0) _cursor = next;
        _count = (int)attributes.Count;
        // Only a hash map's buckets are walked once for sure; a walk by keys starts over when its key vanishes.
        if (!_map.Type.IsWalkedByBuckets() && (_budget -= Math.Max(_count, 1)) < 0) _phase = Phase.Done;
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

        _keys![0] = next;
        fixed (byte* value = _values)
        {
            if (!_map.Found(BpfSyscall.MapLookup(_map.Fd, &next, value, _map.ElementFlags), "enumerate"))
            {
                // On from the last key that was there: from one that is not the kernel starts over. But where the same comes again it is none: what old kernels
                // say behind the last storage of a group (cgroup_storage_get_next_key), and from there they say that it was the end.
                if (_hasAbsentKey && new ReadOnlySpan<byte>(&next, sizeof(TKey)).SequenceEqual(MemoryMarshal.AsBytes(new ReadOnlySpan<TKey>(in _absentKey))))
                    (_lastKey, _started, _hasAbsentKey) = (next, true, false);
                else
                    (Missed, _absentKey, _hasAbsentKey) = (Missed + 1, next, true);
                return false;
            }
        }

        (_lastKey, _started, _count) = (next, true, 1);
        return true;
    }

    private readonly int Room => Math.Min(_keys!.Length, _values!.Length / _valueBytes);

    private void Grow()
    {
        int size = checked(Room * 2);
        ArrayPool<TKey>.Shared.Return(_keys!);
        ArrayPool<byte>.Shared.Return(_values!);
        Rent(size);
    }

    private void Rent(int size)
    {
        _keys = ArrayPool<TKey>.Shared.Rent(size);
        _values = ArrayPool<byte>.Shared.Rent(checked(size * _valueBytes));
    }
}
