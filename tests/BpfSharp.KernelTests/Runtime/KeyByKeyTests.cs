using BpfSharp.KernelTests.Raw;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>
/// Maps for which the kernel has no batches, which every kernel can be made to say: key by key it is the same, and what goes in between is reported.
/// </summary>
public unsafe class KeyByKeyTests
{
    private const int Count = 300;
    private const long Absent = (1L << 62) | 32;

    [KernelTheory]
    [InlineData(MapType.Hash)]
    [InlineData(MapType.LruHash)]
    [InlineData(MapType.LpmTrie)]
    [InlineData(MapType.PerCpuHash)]
    [InlineData(MapType.LruPerCpuHash)]
    public void EntriesThatGoBeforeTheyAreReadAreCountedAndTheOthersSeenOnce(MapType type)
    {
        using BpfMap map = Filled(type);
        List<long> gone = [], seen = [];
        long missed = 0;
        bool complete = false;
        WatchedCalls.Run(
            () => (missed, complete) = Walk(map, seen),
            (command, attributes) =>
            {
                if (IsBatch(command)) return -Errno.ENOTSUPP;
                // Every third, the first one among them, after its key was found and before its value is read.
                if (command == BpfCommand.MapLookupElem && (gone.Count + seen.Count) % 3 == 0)
                {
                    long key = **(long**)(attributes + 8);
                    Assert.True(map.Delete(BitConverter.GetBytes(key)));
                    gone.Add(key);
                }

                return null;
            });
        Assert.True(complete);
        Assert.InRange(gone.Count, 2, Count - 2);
        Assert.Equal(gone.Count, missed);
        Assert.Equal(Keys.Except(gone), seen.Order());
    }

    /// <summary>Entries that come faster than they are read: it is over after twice what the map can have, and says that it did not get to the end.</summary>
    [KernelTheory]
    [InlineData(MapType.Hash)]
    [InlineData(MapType.PerCpuHash)]
    public void EnumerationThatIsSentBackEachTimeEndsAndSaysSo(MapType type)
    {
        using BpfMap map = Filled(type);
        List<long> seen = [];
        bool complete = true;
        WatchedCalls.Run(
            () => complete = Walk(map, seen).Complete,
            (command, attributes) =>
            {
                if (IsBatch(command)) return -Errno.ENOTSUPP;
                // From a key that is not there the kernel begins again.
                if (command == BpfCommand.MapGetNextKey && *(long**)(attributes + 8) != null) **(long**)(attributes + 8) = Absent;
                return null;
            });
        Assert.False(complete);
        Assert.InRange(seen.Count, Count, 3 * Count);
    }

    [KernelTheory]
    [InlineData(MapType.Hash, Errno.EINVAL)]
    [InlineData(MapType.Hash, Errno.ENOTSUPP)]
    [InlineData(MapType.LruHash, Errno.ENOTSUPP)]
    [InlineData(MapType.LpmTrie, Errno.ENOTSUPP)]
    public void EntriesAreWrittenCopiedTakenAndRemovedWithoutBatches(MapType type, int error)
    {
        using BpfMap untyped = New(type);
        BpfKeyedMap<long, long> map = type == MapType.LpmTrie ? new BpfLpmTrie<long, long>(untyped) : new BpfHashMap<long, long>(untyped);
        long[] keys = [.. Keys], values = [.. Keys.Select(static k => k * 7)], readKeys = new long[Count * 2], readValues = new long[Count * 2];
        HashSet<BpfCommand> asked = [];
        WatchedCalls.Run(
            () =>
            {
                Assert.Equal(Count, map.SetRange(keys, values));
                if (type != MapType.LpmTrie)
                {
                    // Kernels before 6.13 ignore the mode for tries.
                    Assert.Equal(2, map.SetRange([.. Keys.Take(2), Absent], [1, 2, 3], BpfUpdateMode.MustExist));
                    map.SetRange(keys.AsSpan(0, 2), values.AsSpan(0, 2));
                }

                Assert.Equal(Count, map.CopyTo(readKeys, readValues));
                Same(keys, readKeys, readValues);
                Assert.Equal(100, map.CopyTo(readKeys.AsSpan(0, 100), readValues.AsSpan(0, 100)));
                Assert.Equal(11, map.RemoveRange([.. keys[..5], Absent, .. keys[5..11]]));
                Assert.Equal(Count - 11, map.Count());
                Assert.Equal(100, map.TakeAll(readKeys.AsSpan(0, 100), readValues.AsSpan(0, 100)));
                Assert.Equal(Count - 111, map.Count());
                Assert.Equal(Count - 111, map.TakeAll(readKeys.AsSpan(100), readValues.AsSpan(100)));
                Same(keys[11..], readKeys, readValues);
                Assert.Empty(map);
            },
            (command, _) =>
            {
                asked.Add(command);
                return IsBatch(command) ? -error : null;
            });
        Assert.Superset((HashSet<BpfCommand>)[BpfCommand.MapLookupBatch, BpfCommand.MapLookupAndDeleteBatch, BpfCommand.MapUpdateBatch, BpfCommand.MapDeleteBatch], asked);
    }

    // With 64 bits of length and place: a trie takes them for prefixes of 32 bits.
    private static IEnumerable<long> Keys => Enumerable.Range(0, Count).Select(static i => ((long)i << 32) | 32);

    private static bool IsBatch(BpfCommand command) => command is >= BpfCommand.MapLookupBatch and <= BpfCommand.MapDeleteBatch;

    private static bool IsPerCpu(MapType type) => type is MapType.PerCpuHash or MapType.LruPerCpuHash;

    private static BpfMap New(MapType type) => BpfMap.Create(
        new() { Name = "map", Type = type, KeySize = 8, ValueSize = 8, MaxEntries = type is MapType.LruHash or MapType.LruPerCpuHash ? 4u * Count : Count, Flags = type == MapType.LpmTrie ? BpfMapFlags.NoPreallocation : 0 });

    private static BpfMap Filled(MapType type)
    {
        BpfMap map = New(type);
        BpfPerCpuHashMap<long, long>? perCpu = IsPerCpu(type) ? new(map) : null;
        foreach (long key in Keys)
        {
            if (perCpu is not null) perCpu.SetAll(key, key * 7);
            else Assert.True(map.TryUpdate(BitConverter.GetBytes(key), BitConverter.GetBytes(key * 7)));
        }

        return map;
    }

    private static (long Missed, bool Complete) Walk(BpfMap map, List<long> seen)
    {
        if (IsPerCpu(map.Type))
        {
            using PerCpuMapEnumerator<long, long> values = new BpfPerCpuHashMap<long, long>(map).GetEnumerator();
            while (values.MoveNext())
            {
                (long key, ReadOnlySpan<long> each) = values.Current;
                Assert.All(each.ToArray(), v => Assert.Equal(key * 7, v));
                seen.Add(key);
            }

            return (values.Missed, values.IsComplete);
        }

        using MapEnumerator<long, long> entries = map.Type == MapType.LpmTrie ? new BpfLpmTrie<long, long>(map).GetEnumerator() : new BpfHashMap<long, long>(map).GetEnumerator();
        while (entries.MoveNext())
        {
            Assert.Equal(entries.Current.Key * 7, entries.Current.Value);
            seen.Add(entries.Current.Key);
        }

        return (entries.Missed, entries.IsComplete);
    }

    private static void Same(long[] keys, ReadOnlySpan<long> readKeys, ReadOnlySpan<long> readValues)
    {
        Assert.Equal(keys.Order(), readKeys[..keys.Length].ToArray().Order());
        for (int i = 0; i < keys.Length; i++) Assert.Equal(readKeys[i] * 7, readValues[i]);
    }
}
