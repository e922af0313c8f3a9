using BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>Enumerations of per-CPU maps, next to the same map key by key, and while it changes.</summary>
public class PerCpuEnumerationTests
{
    [KernelTheory]
    [InlineData(MapType.PerCpuHash)]
    [InlineData(MapType.LruPerCpuHash)]
    public void EveryEntryIsSeenOnceWithItsValues(MapType type)
    {
        Seen(type, static i => i);
        Seen(type, static i => (short)i);
        Seen(type, static i => new PerCpuBatchTests.Twelve((int)i, (int)~i, 3));
    }

    private static void Seen<T>(MapType type, Func<long, T> make) where T : unmanaged
    {
        // More than a batch.
        using BpfPerCpuHashMap<int, T> map = PerCpuBatchTests.Filled(type, 6000, 24_000, make);
        Dictionary<int, T[]> raw = PerCpuBatchTests.Raw<T>(map), seen = [];
        PerCpuMapEnumerator<int, T> entries = map.GetEnumerator();
        while (entries.MoveNext())
        {
            seen.Add(entries.Current.Key, entries.Current.Values.ToArray());
            // As often as one likes.
            Assert.Equal(seen[entries.Current.Key], entries.Current.Values.ToArray());
        }

        Assert.True(entries.IsComplete);
        Assert.Equal(0, entries.Missed);
        entries.Reset();
        Assert.False(entries.IsComplete);
        Assert.True(entries.MoveNext());
        entries.Dispose();
        Assert.Equal(6000, raw.Count);
        Same(raw, seen);
        Same(raw, map.ToDictionary(static e => e.Key, static e => e.Value));
    }

    [KernelFact]
    public void ArraysAreSeenInTheirOrder()
    {
        using BpfPerCpuArray<int> array = PerCpuBatchTests.NewArray<int>(5000);
        for (int i = 0; i < 5000; i += 3) array.SetValues(i, PerCpuBatchTests.Values(i, array.CpuCount, static v => (int)v));
        int next = 0;
        PerCpuMapEnumerator<int, int> entries = array.GetEnumerator();
        while (entries.MoveNext())
        {
            (int index, ReadOnlySpan<int> values) = entries.Current;
            Assert.Equal(next++, index);
            Assert.Equal(array[index], values.ToArray());
        }

        Assert.Equal(5000, next);
        Assert.True(entries.IsComplete);
        entries.Dispose();
        Same(PerCpuBatchTests.Raw<int>(array), array.ToDictionary(static e => e.Key, static e => e.Value));
    }

    [KernelFact]
    public void NothingIsSeenInAnEmptyMap()
    {
        using BpfPerCpuHashMap<int, int> map = PerCpuBatchTests.Filled(MapType.PerCpuHash, 0, 64, static i => (int)i);
        using PerCpuMapEnumerator<int, int> entries = map.GetEnumerator();
        Assert.False(entries.MoveNext());
        Assert.True(entries.IsComplete);
        Assert.Empty(map);
        Assert.Equal(0, map.Count());
    }

    /// <summary>The first batch is of at most a mebibyte, so of 64 entries at most; a hundred are in one bucket.</summary>
    [KernelFact]
    public void TheBatchGrowsForALargeBucket()
    {
        const int ValueBytes = 16_384;
        using BpfMap untyped = BpfMap.Create(
            new() { Name = "map", Type = MapType.PerCpuHash, KeySize = 4, ValueSize = ValueBytes, MaxEntries = 128, Flags = BucketKeys.ZeroSeed });
        BpfPerCpuHashMap<int, Block> map = new(untyped);
        int[] keys = BucketKeys.InOne(128, 100);
        foreach (int key in keys) map.SetAll(key, Block.Of(key));
        Assert.Equal(keys, PerCpuBatchTests.Raw<Block>(map).Keys.Order());
        List<int> seen = [];
        foreach ((int key, ReadOnlySpan<Block> values) in map)
        {
            foreach (ref readonly Block value in values) Assert.True(value[0] == key && value[(ValueBytes / sizeof(long)) - 1] == key);
            seen.Add(key);
        }

        Assert.Equal(keys, seen.Order());
    }

    [KernelFact]
    public void AMapThatIsEmptiedMeanwhileEndsWithWhatWasRead()
    {
        using BpfPerCpuHashMap<int, long> map = PerCpuBatchTests.Filled(MapType.PerCpuHash, 20_000, 80_000, static i => i);
        using PerCpuMapEnumerator<int, long> entries = map.GetEnumerator();
        Assert.True(entries.MoveNext());
        map.Clear();
        Assert.Empty(PerCpuBatchTests.Raw<long>(map));
        int seen = 1;
        for (; entries.MoveNext(); seen++) Assert.Equal(PerCpuBatchTests.Values(entries.Current.Key, map.CpuCount, static i => i), entries.Current.Values.ToArray());
        // What the first batch had was there when it was read.
        Assert.InRange(seen, 1, 4096 * 2);
        Assert.True(entries.IsComplete);
    }

    [KernelTheory]
    [InlineData(MapType.PerCpuHash)]
    [InlineData(MapType.LruPerCpuHash)]
    public void EnumerationUnderChurnEndsAndReports(MapType type)
    {
        using BpfPerCpuHashMap<int, int> map = PerCpuBatchTests.Filled(type, 2000, 8000, static i => (int)i);
        bool stop = false;
        Thread churn = new(() =>
        {
            for (int i = 0; !Volatile.Read(ref stop); i++)
            {
                map.Remove(i % 2000);
                map.SetValues(i % 2000, PerCpuBatchTests.Values(i % 2000, map.CpuCount, static v => (int)v));
            }
        });
        churn.Start();
        try
        {
            for (int round = 0; round < 20; round++)
            {
                using PerCpuMapEnumerator<int, int> entries = map.GetEnumerator();
                int seen = 0;
                for (; entries.MoveNext(); seen++)
                    for (int cpu = 0; cpu < map.CpuCount; cpu++) Assert.Equal((entries.Current.Key * 100) + cpu + 7, entries.Current.Values[cpu]);
                Assert.True(entries.IsComplete);
                Assert.Equal(0, entries.Missed);
                // One key at a time is away; the others are there throughout, except that an LRU map forgets as it likes.
                if (type == MapType.PerCpuHash) Assert.InRange(seen, 1990, 2010);
            }
        }
        finally
        {
            Volatile.Write(ref stop, true);
            churn.Join();
        }
    }

    [KernelFact]
    public void MapDisposedUnderAnEnumerationIsAClearError()
    {
        BpfPerCpuHashMap<int, long> map = PerCpuBatchTests.Filled(MapType.PerCpuHash, 20_000, 80_000, static i => i);
        using PerCpuMapEnumerator<int, long> entries = map.GetEnumerator();
        Assert.True(entries.MoveNext());
        map.Dispose();
        Assert.Throws<ObjectDisposedException>(() =>
        {
            PerCpuMapEnumerator<int, long> rest = entries;
            while (rest.MoveNext())
            {
            }
        });
    }

    private static void Same<T>(Dictionary<int, T[]> expected, Dictionary<int, T[]> seen)
    {
        Assert.Equal(expected.Keys.Order(), seen.Keys.Order());
        Assert.All(expected, e => Assert.Equal(e.Value, seen[e.Key]));
    }

    [System.Runtime.CompilerServices.InlineArray(16_384 / sizeof(long))]
    private struct Block
    {
        private long _first;

        public static Block Of(long value)
        {
            Block block = default;
            ((Span<long>)block).Fill(value);
            return block;
        }
    }
}
