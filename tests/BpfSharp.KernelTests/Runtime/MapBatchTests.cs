using BpfSharp.Objects;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>Reading many entries at once, with room for all and for some, on maps that have batches and on those that have none.</summary>
public class MapBatchTests
{
    [KernelTheory]
    [InlineData(MapType.Hash)]
    [InlineData(MapType.LruHash)]
    public void AllEntriesAreCopiedAndTaken(MapType type)
    {
        const int Count = 3000;
        using BpfHashMap<int, long> map = Filled(type, Count);
        (int[] keys, long[] values) = (new int[Count * 4], new long[Count * 4]);
        Assert.Equal(Count, map.CopyTo(keys, values));
        Assert.Equal(Enumerable.Range(0, Count), keys.Take(Count).Order());
        for (int i = 0; i < Count; i++) Assert.Equal(keys[i] * 7L, values[i]);
        Assert.Equal(Count, map.Count());
        Array.Clear(keys);
        Assert.Equal(Count, map.TakeAll(keys, values));
        Assert.Equal(Enumerable.Range(0, Count), keys.Take(Count).Order());
        Assert.Equal(0, map.Count());
        Assert.Equal(0, map.TakeAll(keys, values));
    }

    [KernelFact]
    public void LessRoomThanEntriesIsFilled()
    {
        const int Count = 500;
        using BpfHashMap<int, long> map = Filled(MapType.Hash, Count);
        // With room for one, the kernel's ENOSPC for a bucket with more entries is met; for most others it is met on the way.
        foreach (int room in (int[])[1, 2, 3, 7, 100, 499])
        {
            (int[] keys, long[] values) = (new int[room], new long[room]);
            int copied = map.CopyTo(keys, values);
            Assert.Equal(room, copied);
            Assert.Equal(room, keys.Distinct().Count());
            for (int i = 0; i < room; i++) Assert.Equal(keys[i] * 7L, values[i]);
        }

        Assert.Throws<ArgumentException>(() => map.CopyTo(new int[2], new long[3]));
    }

    [KernelFact]
    public void WhatFindsNoRoomStaysInTheMap()
    {
        const int Count = 500;
        using BpfHashMap<int, long> map = Filled(MapType.Hash, Count);
        (int[] keys, long[] values) = (new int[100], new long[100]);
        int taken = map.TakeAll(keys, values);
        Assert.Equal(100, taken);
        Assert.Equal(Count - taken, map.Count());
        Assert.DoesNotContain(map, e => keys.AsSpan(0, taken).Contains(e.Key));
    }

    /// <summary>The kernel's batches take no part of a bucket; two entries in one are more than there is room for.</summary>
    [KernelFact]
    public void RoomForOneTakesOneAfterTheOther()
    {
        using BpfHashMap<int, long> map = new(BpfMap.Create(
            new() { Name = "map", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 64, Flags = BucketKeys.ZeroSeed }));
        int[] keys = BucketKeys.InOne(64, 5), key = new int[1];
        long[] value = new long[1];
        foreach (int each in keys) map[each] = each * 7L;
        List<int> taken = [];
        while (map.TakeAll(key, value) == 1)
        {
            Assert.Equal(key[0] * 7L, value[0]);
            Assert.False(map.ContainsKey(key[0]));
            taken.Add(key[0]);
        }

        Assert.Equal(keys, taken.Order());
    }

    [KernelFact]
    public void TriesAreCopiedByKey()
    {
        using BpfLpmTrie<ulong, int> trie = new(BpfMap.Create(
            new() { Name = "trie", Type = MapType.LpmTrie, KeySize = 8, ValueSize = 4, MaxEntries = 64, Flags = BpfMapFlags.NoPreallocation }));
        for (uint i = 0; i < 40; i++) trie[((ulong)i << 56) | 32] = (int)i;
        (ulong[] keys, int[] values) = (new ulong[64], new int[64]);
        Assert.Equal(40, trie.CopyTo(keys, values));
        Assert.Equal(Enumerable.Range(0, 40), values.Take(40).Order());
        Assert.Equal(40, trie.TakeAll(keys, values));
        Assert.Equal(0, trie.Count());
    }

    [KernelTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void ArraysAreCopied(bool mapped)
    {
        using BpfArray<long> array = new(BpfMap.Create(
            new() { Name = "array", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 1000, Flags = mapped ? BpfMapFlags.Mmapable : 0 }));
        Assert.Equal(mapped, array.IsMapped);
        for (int i = 0; i < 1000; i++) array[i] = i * 3;
        long[] copy = new long[1001];
        array.CopyTo(copy);
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => i * 3L).Append(0), copy);
        Assert.Throws<ArgumentException>(() => array.CopyTo(new long[999]));
        Assert.Throws<ArgumentOutOfRangeException>(() => array[1000]);
        Assert.Throws<ArgumentOutOfRangeException>(() => array[-1]);
        array.Dispose();
        Assert.Throws<ObjectDisposedException>(() => array[0]);
        Assert.Throws<ObjectDisposedException>(() => array[0] = 1);
    }

    [KernelTheory]
    [InlineData(MapType.Hash)]
    [InlineData(MapType.LruHash)]
    public void EnumerationUnderChurnEndsAndReports(MapType type)
    {
        using BpfHashMap<int, long> map = Filled(type, 2000);
        bool stop = false;
        Thread churn = new(() =>
        {
            for (int i = 0; !Volatile.Read(ref stop); i++)
            {
                map.Remove(i % 2000);
                map.Set(i % 2000, i % 2000 * 7L);
            }
        });
        churn.Start();
        for (int round = 0; round < 20; round++)
        {
            MapEnumerator<int, long> entries = map.GetEnumerator();
            int seen = 0;
            while (entries.MoveNext())
            {
                Assert.Equal(entries.Current.Key * 7L, entries.Current.Value);
                seen++;
            }

            Assert.True(entries.IsComplete);
            // One key at a time is away; the others are there throughout, except that an LRU map forgets as it likes.
            if (type == MapType.Hash) Assert.InRange(seen, 1990, 2010);
            entries.Dispose();
        }

        Volatile.Write(ref stop, true);
        churn.Join();
    }

    [KernelFact]
    public void MapDisposedUnderAnEnumerationIsAClearError()
    {
        BpfHashMap<int, long> map = Filled(MapType.Hash, 20_000);
        using MapEnumerator<int, long> entries = map.GetEnumerator();
        Assert.True(entries.MoveNext());
        map.Dispose();
        Assert.Throws<ObjectDisposedException>(() =>
        {
            MapEnumerator<int, long> rest = entries;
            while (rest.MoveNext())
            {
            }
        });
    }

    private static BpfHashMap<int, long> Filled(MapType type, int count)
    {
        BpfHashMap<int, long> map = new(BpfMap.Create(new MapSpec { Name = "map", Type = type, KeySize = 4, ValueSize = 8, MaxEntries = (uint)count * 4 }));
        int[] keys = [.. Enumerable.Range(0, count)];
        Assert.Equal(count, map.SetRange(keys, [.. keys.Select(k => k * 7L)]));
        return map;
    }
}
