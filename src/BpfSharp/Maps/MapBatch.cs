using BpfSharp.Errors;
using BpfSharp.Syscalls;

namespace BpfSharp.Maps;

/// <summary>
/// Batches, one by one where the kernel has none for a map. A value is as many bytes as a lookup copies, which are all CPUs' values of a per-CPU map.
/// </summary>
internal static unsafe class MapBatch
{
    /// <summary>Checks that there are as many values as keys, or that many for each key.</summary>
    /// <exception cref="ArgumentException">There are not.</exception>
    public static void CheckLengths(int keys, int values, int valuesPerKey = 1)
    {
        if (values != (long)keys * valuesPerKey)
            throw new ArgumentException($"{keys} keys have {(long)keys * valuesPerKey} values, but there is a span of {values}", nameof(values));
    }

    /// <summary>Writes entries; how many were written.</summary>
    public static int Update<TKey>(BpfMap map, TKey* keys, void* values, int count, BpfUpdateMode mode)
        where TKey : unmanaged
    {
        if (count == 0) return 0;
        MapBatchAttributes attributes = new() { Keys = keys, Values = values, Count = (uint)count, MapFd = map.Fd, ElementFlags = (ulong)mode | map.ElementFlags };
        int result = BpfSyscall.MapBatch(BpfCommand.MapUpdateBatch, ref attributes);
        if (IsUnsupported(result)) return UpdateEach(map, keys, (byte*)values, count, mode);
        if (result < 0) _ = map.Updated(result, mode);
        return result < 0 ? (int)attributes.Count : count;
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
                if (result != -(int)Errno.ENOENT) throw BpfError.Create(result, $"remove keys of {map.What}", MapErrors.KeyHint(map, (Errno)(-result)));
                // The kernel stops at a key that is not there; go on behind it.
                removed += (int)attributes.Count;
                i += (int)attributes.Count + 1;
            }
        }

        return removed;
    }

    /// <summary>Copies entries, of which <paramref name="take"/> also removes each; how many there were, at most as many as there is room for.</summary>
    public static int Read<TKey>(BpfMap map, TKey* keys, void* values, int room, bool take)
        where TKey : unmanaged
    {
        ReadCursor<TKey> cursor = default;
        BpfCommand command = take ? BpfCommand.MapLookupAndDeleteBatch : BpfCommand.MapLookupBatch;
        int read = 0;
        while (read < room)
        {
            byte* rest = (byte*)values + ((nint)read * map.BytesPerLookup);
            (int count, bool end) = Next(map, command, keys + read, rest, room - read, ref cursor);
            if (count < 0) return ReadEach(map, keys, (byte*)values, room, take);
            // The next bucket is larger than the room that is left. A larger buffer would take too many.
            if (count == 0 && !end && take) return read + ReadEach(map, keys + read, rest, room - read, take);
            if (count == 0 && !end) (count, end) = ReadBucket(map, keys + read, rest, room - read, ref cursor);
            read += count;
            if (end) break;
        }

        return read;
    }

    /// <summary>One batch; -1 where the kernel has none for the map, and nothing before the end where the next bucket has no room.</summary>
    private static (int Count, bool End) Next<TKey>(BpfMap map, BpfCommand command, TKey* keys, byte* values, int room, ref ReadCursor<TKey> cursor)
        where TKey : unmanaged
    {
        ReadCursor<TKey> from = cursor, next = default;
        MapBatchAttributes attributes = new()
        {
            InBatch = from.Started ? &from : null,
            OutBatch = &next,
            Keys = keys,
            Values = values,
            Count = (uint)room,
            MapFd = map.Fd,
            ElementFlags = map.ElementFlags,
        };
        int result = BpfSyscall.MapBatch(command, ref attributes);
        if (!from.Started && IsUnsupported(result)) return (-1, false);
        if (result == -(int)Errno.ENOSPC) return (0, false);
        if (result < 0 && result is not (-(int)Errno.ENOENT or -(int)Errno.EINTR)) throw BpfError.Create(result, $"read {map.What}", MapErrors.KeyHint(map, (Errno)(-result)));
        if (attributes.Count > 0) cursor = next with { Started = true };
        return ((int)attributes.Count, result == -(int)Errno.ENOENT || (result == 0 && attributes.Count == 0));
    }

    /// <summary>Copies as much of a bucket as there is room for, through a larger buffer.</summary>
    private static (int Count, bool End) ReadBucket<TKey>(BpfMap map, TKey* keys, byte* values, int room, ref ReadCursor<TKey> cursor)
        where TKey : unmanaged
    {
        int bytes = map.BytesPerLookup;
        for (int size = Math.Max(64, checked(room * 2)); ; size = checked(size * 2))
        {
            TKey[] moreKeys = new TKey[size];
            byte[] moreValues = new byte[checked(size * bytes)];
            fixed (TKey* k = moreKeys)
            fixed (byte* v = moreValues)
            {
                (int count, bool end) = Next(map, BpfCommand.MapLookupBatch, k, v, size, ref cursor);
                if (count == 0 && !end) continue;
                count = Math.Min(count, room);
                new Span<TKey>(k, count).CopyTo(new(keys, count));
                Buffer.MemoryCopy(v, values, (long)room * bytes, (long)count * bytes);
                return (count, end);
            }
        }
    }

    private static int ReadEach<TKey>(BpfMap map, TKey* keys, byte* values, int room, bool take)
        where TKey : unmanaged
    {
        int read = 0, bytes = map.BytesPerLookup;
        using MapWalk<TKey> entries = new(map);
        bool more = entries.MoveNext();
        while (read < room && more)
        {
            byte* value = values + ((nint)read * bytes);
            keys[read] = entries.Key;
            entries.Value.CopyTo(new(value, bytes));
            // Before the key is gone: old kernels go on elsewhere in a trie from a key that is not there.
            more = entries.MoveNext();
            if (!take || Take(map, keys + read, value)) read++;
        }

        return read;
    }

    /// <summary>Removes a key, with its last value where the kernel can do that in one step; whether it was there.</summary>
    private static bool Take<TKey>(BpfMap map, TKey* key, byte* value)
        where TKey : unmanaged
    {
        int result = BpfSyscall.MapLookupAndDelete(map.Fd, key, value, map.ElementFlags);
        if (IsUnsupported(result)) result = BpfSyscall.MapDelete(map.Fd, key);
        return map.Found(result, "take keys out of");
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

    private static int UpdateEach<TKey>(BpfMap map, TKey* keys, byte* values, int count, BpfUpdateMode mode)
        where TKey : unmanaged
    {
        nint bytes = map.BytesPerLookup;
        for (int i = 0; i < count; i++)
            if (!map.Updated(BpfSyscall.MapUpdate(map.Fd, keys + i, values + (i * bytes), (ulong)mode | map.ElementFlags), mode)) return i;
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
