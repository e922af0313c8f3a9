using BpfSharp.Errors;
using BpfSharp.Syscalls;

namespace BpfSharp.Maps;

/// <summary>Batch writes and removals, one by one where the kernel has no batches for a map.</summary>
internal static unsafe class MapBatch
{
    /// <summary>Writes entries; how many were written.</summary>
    public static int Update<TKey, TValue>(BpfMap map, ReadOnlySpan<TKey> keys, ReadOnlySpan<TValue> values, BpfUpdateMode mode)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        if (keys.Length != values.Length) throw new ArgumentException($"{keys.Length} keys were given but {values.Length} values");
        if (keys.IsEmpty) return 0;
        int result, done;
        fixed (TKey* k = keys)
        fixed (TValue* v = values)
        {
            MapBatchAttributes attributes = new() { Keys = k, Values = v, Count = (uint)keys.Length, MapFd = map.Fd, ElementFlags = (ulong)mode };
            result = BpfSyscall.MapBatch(BpfCommand.MapUpdateBatch, ref attributes);
            done = (int)attributes.Count;
            if (IsUnsupported(result)) return UpdateEach(map, k, v, keys.Length, mode);
        }

        if (result < 0) _ = map.Updated(result, mode);
        return result < 0 ? done : keys.Length;
    }

    /// <summary>Removes keys; how many were there.</summary>
    public static int Delete<TKey>(BpfMap map, ReadOnlySpan<TKey> keys)
        where TKey : unmanaged
    {
        int removed = 0;
        fixed (TKey* k = keys)
        {
            for (int i = 0; i < keys.Length;)
            {
                MapBatchAttributes attributes = new() { Keys = k + i, Count = (uint)(keys.Length - i), MapFd = map.Fd };
                int result = BpfSyscall.MapBatch(BpfCommand.MapDeleteBatch, ref attributes);
                if (IsUnsupported(result)) return removed + DeleteEach(map, k + i, keys.Length - i);
                if (result == 0) return removed + keys.Length - i;
                if (result != -(int)Errno.ENOENT) throw BpfError.Create(result, $"remove keys of {map.What}");
                // The kernel stops at a key that is not there; go on behind it.
                removed += (int)attributes.Count;
                i += (int)attributes.Count + 1;
            }
        }

        return removed;
    }

    /// <summary>Copies entries, of which <paramref name="take"/> also removes each; how many there were, at most as many as there is room for.</summary>
    public static int Read<TKey, TValue>(BpfMap map, Span<TKey> keys, Span<TValue> values, bool take)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        if (keys.Length != values.Length) throw new ArgumentException($"there is room for {keys.Length} keys but {values.Length} values");
        ReadCursor<TKey> cursor = default;
        BpfCommand command = take ? BpfCommand.MapLookupAndDeleteBatch : BpfCommand.MapLookupBatch;
        int read = 0;
        while (read < keys.Length)
        {
            (int count, bool end) = Next(map, command, keys[read..], values[read..], ref cursor);
            if (count < 0) return ReadEach(map, keys, values, take);
            read += count;
            if (end) break;
            // The next bucket is larger than the room that is left.
            if (count == 0) return read + (take ? 0 : ReadBucket(map, keys[read..], values[read..], ref cursor));
        }

        return read;
    }

    /// <summary>One batch; -1 where the kernel has none for the map, and nothing before the end where the next bucket has no room.</summary>
    private static (int Count, bool End) Next<TKey, TValue>(
        BpfMap map, BpfCommand command, Span<TKey> keys, Span<TValue> values, ref ReadCursor<TKey> cursor)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        ReadCursor<TKey> from = cursor, next = default;
        fixed (TKey* k = keys)
        fixed (TValue* v = values)
        {
            MapBatchAttributes attributes = new()
            {
                InBatch = from.Started ? &from : null,
                OutBatch = &next,
                Keys = k,
                Values = v,
                Count = (uint)keys.Length,
                MapFd = map.Fd,
            };
            int result = BpfSyscall.MapBatch(command, ref attributes);
            if (!from.Started && IsUnsupported(result)) return (-1, false);
            if (result == -(int)Errno.ENOSPC) return (0, false);
            if (result < 0 && result is not (-(int)Errno.ENOENT or -(int)Errno.EINTR)) throw BpfError.Create(result, $"read {map.What}");
            if (attributes.Count > 0) cursor = next with { Started = true };
            return ((int)attributes.Count, result == -(int)Errno.ENOENT || (result == 0 && attributes.Count == 0));
        }
    }

    /// <summary>Copies as much of a bucket as there is room for, through a larger buffer.</summary>
    private static int ReadBucket<TKey, TValue>(BpfMap map, Span<TKey> keys, Span<TValue> values, ref ReadCursor<TKey> cursor)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        for (int size = Math.Max(64, keys.Length * 2); ; size = checked(size * 2))
        {
            TKey[] moreKeys = new TKey[size];
            TValue[] moreValues = new TValue[size];
            (int count, bool end) = Next<TKey, TValue>(map, BpfCommand.MapLookupBatch, moreKeys, moreValues, ref cursor);
            if (count == 0 && !end) continue;
            count = Math.Min(count, keys.Length);
            moreKeys.AsSpan(0, count).CopyTo(keys);
            moreValues.AsSpan(0, count).CopyTo(values);
            return count;
        }
    }

    private static int ReadEach<TKey, TValue>(BpfMap map, Span<TKey> keys, Span<TValue> values, bool take)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        int read = 0;
        using MapEnumerator<TKey, TValue> entries = new(map);
        bool more = entries.MoveNext();
        while (read < keys.Length && more)
        {
            (TKey key, TValue value) = entries.Current;
            // Before the key is gone: old kernels go on elsewhere in a trie from a key that is not there.
            more = entries.MoveNext();
            if (take && !map.Found(BpfSyscall.MapDelete(map.Fd, &key), "take keys out of")) continue;
            (keys[read], values[read++]) = (key, value);
        }

        return read;
    }

    /// <summary>Where the kernel goes on: a bucket number for hash maps, a key for the others.</summary>
    private struct ReadCursor<TKey>
    {
        public TKey Key;
        public ulong Room;
        public bool Started;
    }

    /// <summary>Whether the kernel does not have batches, or not for this map.</summary>
    internal static bool IsUnsupported(int result) =>
        result is -(int)Errno.EINVAL or -(int)Errno.ENOTSUPP or -(int)Errno.EOPNOTSUPP;

    private static int UpdateEach<TKey, TValue>(BpfMap map, TKey* keys, TValue* values, int count, BpfUpdateMode mode)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        for (int i = 0; i < count; i++)
            if (!map.Updated(BpfSyscall.MapUpdate(map.Fd, keys + i, values + i, (ulong)mode), mode)) return i;
        return count;
    }

    private static int DeleteEach<TKey>(BpfMap map, TKey* keys, int count)
        where TKey : unmanaged
    {
        int removed = 0;
        for (int i = 0; i < count; i++)
            if (map.Found(BpfSyscall.MapDelete(map.Fd, keys + i), "remove keys of")) removed++;
        return removed;
    }
}
