using BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Runtime;

public class HashMapTests
{
    [KernelFact]
    public void EntriesAreAddedReadReplacedAndRemoved()
    {
        using BpfObject owner = CodeBuilder.LoadMap(MapType.Hash, 4, 8, 4);
        BpfHashMap<uint, ulong> map = new(owner.Map("map"));
        Assert.True(map.TryAdd(1, 10));
        Assert.False(map.TryAdd(1, 11));
        Assert.True(map.TryGetValue(1, out ulong value));
        Assert.Equal(10ul, value);
        Assert.False(map.TryReplace(2, 1));
        Assert.True(map.TryReplace(1, 12));
        map[3] = 30;
        Assert.Equal(12ul, map[1]);
        Assert.Equal([new(1u, 12ul), new(3u, 30ul)], map.OrderBy(e => e.Key));
        Assert.True(map.TryRemove(3, out value));
        Assert.Equal(30ul, value);
        Assert.False(map.TryRemove(3, out _));
        Assert.True(map.Remove(1));
        Assert.False(map.Remove(1));
        Assert.False(map.TryGetValue(1, out _));
        Assert.Throws<KeyNotFoundException>(() => map[1]);
        Assert.Equal(0, map.Count());
    }

    [KernelFact]
    public void FullMapSaysSo()
    {
        using BpfObject owner = CodeBuilder.LoadMap(MapType.Hash, 4, 4, 2);
        BpfHashMap<int, int> map = new(owner.Map("map"));
        (map[1], map[2]) = (1, 2);
        BpfException e = Assert.Throws<BpfException>(() => map[3] = 3);
        Assert.Equal("E2BIG", e.ErrorName);
        Assert.Contains("full", e.Message, StringComparison.Ordinal);
        Assert.Contains("'map'", e.Message, StringComparison.Ordinal);
    }

    [KernelTheory]
    [InlineData(MapType.Hash, 0u)]
    [InlineData(MapType.LruHash, 0u)]
    public void EnumerationSeesEveryEntryOnce(MapType type, uint flags)
    {
        const int Count = 20_000;
        // An LRU map drops entries before it is full; twice the room keeps all.
        using BpfObject owner = CodeBuilder.LoadMap(type, 4, 8, Count * 2, flags);
        BpfHashMap<int, long> map = new(owner.Map("map"));
        int[] keys = [.. Enumerable.Range(0, Count)];
        Assert.Equal(Count, map.SetRange(keys, [.. keys.Select(k => (long)k * 3)]));
        List<KeyValuePair<int, long>> entries = [.. map];
        Assert.Equal(keys, entries.Select(e => e.Key).Order());
        Assert.All(entries, e => Assert.Equal(e.Key * 3L, e.Value));
        Assert.Equal(Count - 5, map.RemoveRange(keys.AsSpan(5)));
        Assert.Equal(0, map.RemoveRange(keys.AsSpan(5, 10)));
        Assert.Equal(5, map.Count());
        map.Clear();
        Assert.Empty(map);
    }

    [KernelFact]
    public void EnumerationGrowsItsBatchForALargeBucket()
    {
        // Sixteen entries are one batch at first; a map this full has buckets of more than a few, so ENOSPC comes up for small batches.
        using BpfObject owner = CodeBuilder.LoadMap(MapType.Hash, 4, 4, 40);
        BpfHashMap<int, int> map = new(owner.Map("map"));
        for (int i = 0; i < 40; i++) map[i] = i;
        Assert.Equal(Enumerable.Range(0, 40), map.Select(e => e.Key).Order());
    }

    [KernelFact]
    public void EnumerationEndsWhileEntriesComeAndGo()
    {
        using BpfObject owner = CodeBuilder.LoadMap(MapType.Hash, 4, 4, 10_000);
        BpfHashMap<int, int> map = new(owner.Map("map"));
        for (int i = 0; i < 1000; i++) map[-i] = i;
        using CancellationTokenSource stop = new();
        Task churn = Task.Run(() =>
        {
            for (int i = 1; !stop.IsCancellationRequested; i++)
            {
                map[i] = i;
                if (i > 5000) map.Remove(i - 5000);
            }
        });
        for (int round = 0; round < 50; round++)
        {
            HashSet<int> seen = [.. map.Select(e => e.Key).Where(k => k <= 0)];
            Assert.Equal(1000, seen.Count);
        }

        stop.Cancel();
        churn.Wait();
    }

    [KernelFact]
    public void OtherSizesAndKindsAreRefusedByName()
    {
        using BpfObject owner = CodeBuilder.LoadMap(MapType.Hash, 4, 8, 10);
        BpfMap map = owner.Map("map");
        Assert.Contains("key of 4 bytes, but Int64 has 8", Assert.Throws<ArgumentException>(() => new BpfHashMap<long, long>(map)).Message, StringComparison.Ordinal);
        Assert.Contains("value of 8 bytes, but Int32 has 4", Assert.Throws<ArgumentException>(() => new BpfHashMap<int, int>(map)).Message, StringComparison.Ordinal);
        Assert.Contains("Hash", Assert.Throws<ArgumentException>(() => new BpfArray<long>(map)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => map.TryLookup(new byte[3], new byte[8]));
    }

    [KernelFact]
    public void EightThreadsLoseNoEntry()
    {
        using BpfObject owner = CodeBuilder.LoadMap(MapType.Hash, 4, 4, 100_000);
        BpfHashMap<int, int> map = new(owner.Map("map"));
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, thread =>
        {
            for (int i = 0; i < 5000; i++) Assert.True(map.TryAdd((thread * 5000) + i, thread));
        });
        Assert.Equal(40_000, map.Count());
    }

    [KernelFact]
    public void DisposedMapSaysSo()
    {
        BpfObject owner = CodeBuilder.LoadMap(MapType.Hash, 4, 8, 10);
        BpfHashMap<int, long> map = new(owner.Map("map"));
        owner.Dispose();
        Assert.Throws<ObjectDisposedException>(() => map.TryGetValue(1, out _));
        Assert.Throws<ObjectDisposedException>(() => map[1] = 1);
        Assert.Throws<ObjectDisposedException>(() => map.Count());
        Assert.Throws<ObjectDisposedException>(() => owner.Map("map"));
    }
}
