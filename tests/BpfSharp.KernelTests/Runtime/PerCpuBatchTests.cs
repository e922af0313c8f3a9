using System.Runtime.InteropServices;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>
/// Many entries of per-CPU maps at once. The second source is the map as bytes, key by key (<see cref="BpfMap.TryNextKey"/>, <see cref="BpfMap.TryLookup"/>), or bpftool.
/// Values of 8 bytes lie in the kernel's layout as in a span, those of 4 and 12 bytes do not.
/// </summary>
public class PerCpuBatchTests
{
    [KernelTheory]
    [InlineData(MapType.PerCpuHash)]
    [InlineData(MapType.LruPerCpuHash)]
    public void AllEntriesAreWrittenCopiedAndTaken(MapType type)
    {
        WrittenCopiedAndTaken(type, static i => i);
        WrittenCopiedAndTaken(type, static i => (int)i);
        WrittenCopiedAndTaken(type, static i => new Twelve((int)i, (int)~i, 3));
    }

    private static void WrittenCopiedAndTaken<T>(MapType type, Func<long, T> make) where T : unmanaged
    {
        const int Count = 600;
        using BpfPerCpuHashMap<int, T> map = Filled(type, Count, Count * 4, make);
        Dictionary<int, T[]> raw = Raw<T>(map);
        Assert.Equal(Enumerable.Range(0, Count), raw.Keys.Order());
        Assert.All(raw, e => Assert.Equal(Values(e.Key, map.CpuCount, make), e.Value));

        (int[] keys, T[] values) = (new int[Count * 4], new T[Count * 4 * map.CpuCount]);
        Assert.Equal(Count, map.CopyTo(keys, values));
        Same(raw, keys.AsSpan(0, Count), values);
        Assert.Equal(Count, map.Count());
        Array.Clear(keys);
        Array.Clear(values);
        Assert.Equal(Count, map.TakeAll(keys, values));
        Same(raw, keys.AsSpan(0, Count), values);
        Assert.Empty(Raw<T>(map));
        Assert.Equal(0, map.TakeAll(keys, values));
        Assert.Equal(0, map.CopyTo(keys, values));
    }

    [KernelFact]
    public void OneBucketWithMoreEntriesThanThereIsRoomForIsCopiedAndTaken()
    {
        using BpfPerCpuHashMap<int, int> map = Crowded(out int[] crowd);
        Dictionary<int, int[]> raw = Raw<int>(map);
        Assert.Equal(crowd, raw.Keys.Order());
        foreach (int room in (int[])[1, 2, 39, 40, 41])
        {
            (int[] keys, int[] values) = (new int[room], new int[room * map.CpuCount]);
            int copied = map.CopyTo(keys, values);
            Assert.Equal(Math.Min(room, crowd.Length), copied);
            Same(raw, keys.AsSpan(0, copied), values, all: false);
        }

        // What there is no room for stays, and is there for the next.
        for (int left = crowd.Length; left > 0;)
        {
            (int[] keys, int[] values) = (new int[3], new int[3 * map.CpuCount]);
            int taken = map.TakeAll(keys, values);
            Assert.Equal(Math.Min(3, left), taken);
            Same(raw, keys.AsSpan(0, taken), values, all: false);
            left -= taken;
            Dictionary<int, int[]> rest = Raw<int>(map);
            Assert.Equal(left, rest.Count);
            Assert.DoesNotContain(rest.Keys, k => keys.AsSpan(0, taken).Contains(k));
        }
    }

    [KernelFact]
    public void ModesHoldForEachKey()
    {
        using BpfPerCpuHashMap<int, long> map = Filled(MapType.PerCpuHash, 10, 64, static i => i);
        long[] ones = [.. Enumerable.Repeat(1L, 4 * map.CpuCount)];
        Assert.Equal(2, map.SetRange([20, 21, 5, 22], ones, BpfUpdateMode.MustBeNew));
        Assert.Equal([20, 21], Raw<long>(map).Where(static e => e.Value[0] == 1).Select(static e => e.Key).Order());
        Assert.Equal(1, map.SetRange([3, 30, 4, 5], ones, BpfUpdateMode.MustExist));
        Assert.Equal([3, 20, 21], Raw<long>(map).Where(static e => e.Value[0] == 1).Select(static e => e.Key).Order());
        Assert.Equal(4, map.SetRange([3, 30, 4, 5], ones));
        Assert.Equal([3, 4, 5, 20, 21, 30], Raw<long>(map).Where(static e => e.Value[0] == 1).Select(static e => e.Key).Order());
    }

    [KernelFact]
    public void KeysThatAreNotThereAreNotCounted()
    {
        using BpfPerCpuHashMap<int, long> map = Filled(MapType.PerCpuHash, 10, 64, static i => i);
        Assert.Equal(4, map.RemoveRange([100, 1, 2, 101, 102, 3, 3, 9, 103]));
        Assert.Equal([0, 4, 5, 6, 7, 8], Raw<long>(map).Keys.Order());
        map.Clear();
        Assert.Empty(Raw<long>(map));
        Assert.Equal(0, map.RemoveRange([1, 2, 3]));
        Assert.Equal(0, map.Count());
    }

    [KernelFact]
    public void NoEntriesAreNoError()
    {
        using BpfPerCpuHashMap<int, int> map = Filled(MapType.PerCpuHash, 3, 64, static i => (int)i);
        Assert.Equal(0, map.SetRange([], []));
        Assert.Equal(0, map.RemoveRange([]));
        Assert.Equal(0, map.CopyTo([], []));
        Assert.Equal(0, map.TakeAll([], []));
        Assert.Equal([0, 1, 2], Raw<int>(map).Keys.Order());
    }

    [KernelFact]
    public void SpansOfOtherLengthsAreRefused()
    {
        using BpfPerCpuHashMap<int, int> map = Filled(MapType.PerCpuHash, 3, 64, static i => (int)i);
        using BpfPerCpuArray<int> array = NewArray<int>(3);
        foreach (int length in (int[])[(2 * map.CpuCount) - 1, (2 * map.CpuCount) + 1])
        {
            Assert.Contains($"span of {length}", Assert.Throws<ArgumentException>(() => map.SetRange([1, 2], new int[length])).Message, StringComparison.Ordinal);
            Assert.Throws<ArgumentException>(() => map.CopyTo(new int[2], new int[length]));
            Assert.Throws<ArgumentException>(() => map.TakeAll(new int[2], new int[length]));
            Assert.Throws<ArgumentException>(() => array.SetRange([1, 2], new int[length]));
        }

        Assert.Throws<ArgumentException>(() => array.CopyTo(new int[(3 * map.CpuCount) - 1]));
        Assert.Equal([0, 1, 2], Raw<int>(map).Keys.Order());
        map.Dispose();
        Assert.Throws<ObjectDisposedException>(() => map.SetRange([1], new int[map.CpuCount]));
        Assert.Throws<ObjectDisposedException>(() => map.CopyTo(new int[1], new int[map.CpuCount]));
        Assert.Throws<ObjectDisposedException>(() => map.RemoveRange([1]));
    }

    [KernelFact]
    public void FullMapSaysSo()
    {
        using BpfPerCpuHashMap<int, long> map = Filled(MapType.PerCpuHash, 2, 2, static i => i);
        BpfException e = Assert.Throws<BpfException>(() => map.SetRange([1, 7], new long[2 * map.CpuCount]));
        Assert.Equal("E2BIG", e.ErrorName);
        Assert.Contains("full", e.Message, StringComparison.Ordinal);
        // What came before it was written.
        Assert.Equal(new long[map.CpuCount], Raw<long>(map)[1]);
    }

    [KernelFact]
    public void ArraysAreWrittenAndCopied()
    {
        WrittenAndCopied(static i => i);
        WrittenAndCopied(static i => (int)i);
        WrittenAndCopied(static i => new Twelve((int)i, (int)~i, 3));
    }

    private static void WrittenAndCopied<T>(Func<long, T> make) where T : unmanaged
    {
        const int Count = 300;
        using BpfPerCpuArray<T> array = NewArray<T>(Count);
        int[] even = [.. Enumerable.Range(0, Count / 2).Select(static i => i * 2)];
        Assert.Equal(even.Length, array.SetRange(even, [.. even.SelectMany(i => Values(i, array.CpuCount, make))]));
        Dictionary<int, T[]> raw = Raw<T>(array);
        Assert.All(raw, e => Assert.Equal(e.Key % 2 == 0 ? Values(e.Key, array.CpuCount, make) : new T[array.CpuCount], e.Value));

        T[] all = new T[(Count * array.CpuCount) + 1];
        array.CopyTo(all);
        Assert.Equal(raw.OrderBy(static e => e.Key).SelectMany(static e => e.Value).Append(default), all);
        (int[] keys, T[] values) = (new int[10], new T[10 * array.CpuCount]);
        Assert.Equal(10, array.CopyTo(keys, values));
        Assert.Equal(Enumerable.Range(0, 10), keys);
        Same(raw, keys, values, all: false);
        Assert.Equal("E2BIG", Assert.Throws<BpfException>(() => array.SetRange([1, Count], new T[2 * array.CpuCount])).ErrorName);
        Assert.Equal(new T[array.CpuCount], Raw<T>(array)[1]);
    }

    [KernelFact]
    public void BpftoolSeesWhatWasWritten()
    {
        using BpfPerCpuHashMap<int, int> map = Filled(MapType.PerCpuHash, 3, 64, static i => (int)i);
        string dump = Command.Run("bpftool", "-j", "map", "dump", "id", $"{map.Info.Id}");
        using System.Text.Json.JsonDocument json = System.Text.Json.JsonDocument.Parse(dump);
        Dictionary<int, int[]> seen = json.RootElement.EnumerateArray().ToDictionary(
            static e => Number(e.GetProperty("key")),
            static e => e.GetProperty("values").EnumerateArray().OrderBy(static v => v.GetProperty("cpu").GetInt32()).Select(static v => Number(v.GetProperty("value"))).ToArray());
        Assert.Equal([0, 1, 2], seen.Keys.Order());
        Assert.All(seen, e => Assert.Equal(Values(e.Key, map.CpuCount, static i => (int)i), e.Value));

        static int Number(System.Text.Json.JsonElement bytes) =>
            BitConverter.ToInt32([.. bytes.EnumerateArray().Select(static b => Convert.ToByte(b.GetString(), 16))]);
    }

    /// <summary>A map with forty entries in one bucket.</summary>
    private static BpfPerCpuHashMap<int, int> Crowded(out int[] keys)
    {
        BpfPerCpuHashMap<int, int> map = new(BpfMap.Create(
            new() { Name = "map", Type = MapType.PerCpuHash, KeySize = 4, ValueSize = 4, MaxEntries = 64, Flags = BucketKeys.ZeroSeed }));
        keys = BucketKeys.InOne(64, 40);
        foreach (int key in keys) Assert.True(map.SetValues(key, Values(key, map.CpuCount, static i => (int)i)));
        return map;
    }

    internal static BpfPerCpuHashMap<int, T> Filled<T>(MapType type, int count, int capacity, Func<long, T> make) where T : unmanaged
    {
        BpfPerCpuHashMap<int, T> map = new(BpfMap.Create(
            new() { Name = "map", Type = type, KeySize = 4, ValueSize = Marshal.SizeOf<T>(), MaxEntries = (uint)capacity }));
        int[] keys = [.. Enumerable.Range(0, count)];
        Assert.Equal(count, map.SetRange(keys, [.. keys.SelectMany(k => Values(k, map.CpuCount, make))]));
        return map;
    }

    internal static BpfPerCpuArray<T> NewArray<T>(int count) where T : unmanaged =>
        new(BpfMap.Create(new() { Name = "array", Type = MapType.PerCpuArray, KeySize = 4, ValueSize = Marshal.SizeOf<T>(), MaxEntries = (uint)count }));

    /// <summary>What a key has on each processor.</summary>
    internal static T[] Values<T>(int key, int cpus, Func<long, T> make) => [.. Enumerable.Range(0, cpus).Select(cpu => make((key * 100L) + cpu + 7))];

    /// <summary>The map by single operations on bytes.</summary>
    internal static Dictionary<int, T[]> Raw<T>(BpfMap map) where T : unmanaged
    {
        // The kernel's own folders are a second source for how many processors there could be.
        int cpus = Directory.GetDirectories("/sys/devices/system/cpu", "cpu*").Count(static d => int.TryParse(Path.GetFileName(d)[3..], out _));
        int stride = (map.ValueSize + 7) / 8 * 8;
        Dictionary<int, T[]> entries = [];
        (byte[] key, byte[] next, byte[] value) = ([], new byte[4], new byte[stride * cpus]);
        while (map.TryNextKey(key, next))
        {
            Assert.True(map.TryLookup(next, value));
            entries.Add(BitConverter.ToInt32(next), [.. Enumerable.Range(0, cpus).Select(cpu => MemoryMarshal.Read<T>(value.AsSpan(cpu * stride)))]);
            key = [.. next];
        }

        return entries;
    }

    private static void Same<T>(Dictionary<int, T[]> expected, ReadOnlySpan<int> keys, ReadOnlySpan<T> values, bool all = true)
    {
        int cpus = expected.First().Value.Length;
        HashSet<int> seen = [];
        for (int i = 0; i < keys.Length; i++)
        {
            Assert.True(seen.Add(keys[i]), $"{keys[i]} came twice");
            Assert.Equal(expected[keys[i]], values.Slice(i * cpus, cpus).ToArray());
        }

        if (all) Assert.Equal(expected.Count, seen.Count);
    }

    internal record struct Twelve(int A, int B, int C);
}
