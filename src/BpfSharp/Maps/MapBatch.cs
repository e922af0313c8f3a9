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
