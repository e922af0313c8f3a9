using System.Net;
using System.Runtime.InteropServices;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Runtime;

public class OtherMapTests
{
    [KernelTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void ArraysAreReadAndWrittenMappedOrNot(bool mapped)
    {
        using BpfObject owner = CodeBuilder.LoadMap(MapType.Array, 4, 12, 100, mapped ? BpfMapFlags.Mmapable : 0);
        BpfMap plain = owner.Map("map");
        BpfArray<Twelve> array = new(plain);
        Assert.Equal(mapped, array.IsMapped);
        array[99] = new Twelve(1, 2, 3);
        byte[] raw = new byte[12];
        Assert.True(plain.TryLookup(BitConverter.GetBytes(99), raw));
        Assert.Equal([1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0], raw);
        Assert.Equal(new Twelve(1, 2, 3), array[99]);
        Assert.Throws<ArgumentOutOfRangeException>(() => array[100]);
        Assert.Throws<ArgumentOutOfRangeException>(() => array[-1]);
        Assert.Equal(100, array.Count);
        if (mapped) Assert.Throws<InvalidOperationException>(() => _ = array.AsSpan());
        else Assert.Throws<InvalidOperationException>(() => _ = array.Ref(1));
    }

    [KernelFact]
    public void MappedArraysAreGoneWithTheObject()
    {
        BpfObject owner = CodeBuilder.LoadMap(MapType.Array, 4, 8, 10, BpfMapFlags.Mmapable);
        BpfArray<long> array = new(owner.Map("map"));
        array.AsSpan().Fill(7);
        Assert.All(array, v => Assert.Equal(7, v));
        owner.Dispose();
        Assert.Throws<ObjectDisposedException>(() => array[0]);
    }

    [KernelFact]
    public void PerCpuValuesAreOnePerCpu()
    {
        using BpfObject owner = CodeBuilder.LoadMap(MapType.PerCpuHash, 4, 4, 10);
        BpfPerCpuHashMap<int, int> map = new(owner.Map("map"));
        // The kernel's own list is the second source: "0-1" is two.
        Assert.Equal(Directory.GetDirectories("/sys/devices/system/cpu", "cpu*").Count(d => int.TryParse(Path.GetFileName(d)[3..], out _)), map.CpuCount);
        int[] values = [.. Enumerable.Range(100, map.CpuCount)];
        Assert.True(map.SetValues(5, values));
        Assert.Equal(values, map.GetValues(5));
        Assert.Null(map.GetValues(6));
        map.SetAll(7, 3);
        Assert.Equal([5, 7], map.Select(e => e.Key).Order());
        Assert.All(map.GetValues(7)!, v => Assert.Equal(3, v));
        Assert.Throws<ArgumentException>(() => map.SetValues(5, []));
        Assert.True(map.Remove(5));
        Assert.False(map.ContainsKey(5));
    }

    /// <summary>Values of 8 bytes go straight into the span, those of 4 through a buffer with the kernel's padding.</summary>
    [KernelTheory]
    [InlineData(MapType.PerCpuHash)]
    [InlineData(MapType.LruPerCpuHash)]
    public void PerCpuValuesAreTaken(MapType type)
    {
        using BpfObject first = CodeBuilder.LoadMap(type, 4, 8, 10), second = CodeBuilder.LoadMap(type, 4, 4, 10);
        BpfPerCpuHashMap<int, long> wide = new(first.Map("map"));
        BpfPerCpuHashMap<int, int> narrow = new(second.Map("map"));
        (long[] longs, int[] ints) = (new long[wide.CpuCount], new int[wide.CpuCount]);
        wide.SetValues(5, [.. Enumerable.Range(1, wide.CpuCount).Select(static i => (long)i)]);
        narrow.SetValues(5, [.. Enumerable.Range(1, wide.CpuCount)]);
        Assert.True(wide.TryRemove(5, longs) & narrow.TryRemove(5, ints));
        Assert.Equal(Enumerable.Range(1, wide.CpuCount), ints);
        Assert.Equal(Enumerable.Range(1, wide.CpuCount).Select(static i => (long)i), longs);
        Assert.False(wide.TryRemove(5, longs) | narrow.TryRemove(5, ints) | wide.ContainsKey(5) | narrow.ContainsKey(5));
        Assert.Throws<ArgumentException>(() => wide.TryRemove(5, []));
    }

    [KernelFact]
    public void LongestPrefixWins()
    {
        using BpfObject owner = CodeBuilder.LoadMap(MapType.LpmTrie, 8, 4, 10, BpfMapFlags.NoPreallocation);
        BpfLpmTrie<Prefix, int> trie = new(owner.Map("map"));
        trie[Prefix.Of("10.0.0.0", 8)] = 8;
        trie[Prefix.Of("10.1.0.0", 16)] = 16;
        Assert.Equal(16, trie[Prefix.Of("10.1.2.3", 32)]);
        Assert.Equal(8, trie[Prefix.Of("10.2.2.3", 32)]);
        Assert.False(trie.ContainsKey(Prefix.Of("11.0.0.1", 32)));
        Assert.Equal([8u, 16u], trie.Select(e => e.Key.Length).Order());
        Assert.True(trie.Remove(Prefix.Of("10.1.0.0", 16)));
        Assert.Equal(8, trie[Prefix.Of("10.1.2.3", 32)]);
    }

    [KernelFact]
    public void QueuesAndStacksKeepTheirOrder()
    {
        using BpfObject first = CodeBuilder.LoadMap(MapType.Queue, 0, 4, 2), second = CodeBuilder.LoadMap(MapType.Stack, 0, 4, 2);
        BpfQueue<int> queue = new(first.Map("map"));
        BpfStack<int> stack = new(second.Map("map"));
        Assert.True(queue.TryEnqueue(1) && queue.TryEnqueue(2) && stack.TryPush(1) && stack.TryPush(2));
        Assert.False(queue.TryEnqueue(3));
        Assert.False(stack.TryPush(3));
        Assert.True(queue.TryPeek(out int q) & stack.TryPeek(out int s));
        Assert.Equal(1, q);
        Assert.True(queue.TryDequeue(out q) & stack.TryPop(out s));
        Assert.Equal((1, 2), (q, s));
        Assert.True(queue.TryDequeue(out q) & stack.TryPop(out s));
        Assert.Equal((2, 1), (q, s));
        Assert.False(queue.TryDequeue(out _));
        Assert.False(stack.TryPop(out _));
    }

    [KernelFact(Needs = KernelNeeds.Bpffs)]
    public void PinnedMapsAreReusedAndDifferencesNamed()
    {
        using KernelSandbox sandbox = new();
        string path = Path.Combine(sandbox.MountBpffs(), "counts");
        BpfOpenObject open = CodeBuilder.Open([], [new() { Name = "counts", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 10 }]);
        open.Map("counts").PinPath = path;
        using (BpfObject first = open.Load()) new BpfHashMap<int, long>(first.Map("counts"))[1] = 42;
        using (BpfObject second = open.Load()) Assert.Equal(42, new BpfHashMap<int, long>(second.Map("counts"))[1]);
        using (BpfMap alone = BpfMap.OpenPinned(path)) Assert.Equal(42, new BpfHashMap<int, long>(alone)[1]);
        open.Map("counts").MaxEntries = 20;
        Assert.Contains("its capacity is 10, not 20", Assert.Throws<BpfException>(() => open.Load()).Message, StringComparison.Ordinal);
    }

    [KernelFact]
    public void GivenMapIsUsedAndStaysOpen()
    {
        using BpfObject owner = CodeBuilder.LoadMap(MapType.Hash, 4, 8, 10);
        BpfOpenObject open = CodeBuilder.Open([], [new() { Name = "map", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 10 }]);
        open.Map("map").Reuse = owner.Map("map");
        using (BpfObject second = open.Load()) new BpfHashMap<int, long>(second.Map("map"))[1] = 1;
        Assert.Equal(1, new BpfHashMap<int, long>(owner.Map("map"))[1]);
    }

    private readonly record struct Twelve(int A, int B, int C);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Prefix(uint Length, uint Address)
    {
        public static Prefix Of(string address, uint length) => new(length, BitConverter.ToUInt32(IPAddress.Parse(address).GetAddressBytes()));
    }
}
