using BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>Maps that are opened for reading or for writing alone.</summary>
public class MapAccessTests
{
    [KernelTheory(Needs = KernelNeeds.Bpffs)]
    [InlineData(true)]
    [InlineData(false)]
    public void WhatIsOpenedForReadingIsNotChanged(bool byPath)
    {
        using KernelSandbox sandbox = new();
        using BpfObject loaded = CodeBuilder.LoadMap(MapType.Hash, 4, 8, 10);
        BpfHashMap<int, long> all = new(loaded.Map("map")) { [1] = 42 };
        using BpfHashMap<int, long> map = new(Reopen(sandbox, all, byPath, BpfMapAccess.ReadOnly));
        Assert.Equal((BpfMapAccess.ReadOnly, BpfMapAccess.ReadWrite), (map.Access, all.Access));
        Assert.Equal(42, map[1]);
        Assert.Equal(new KeyValuePair<int, long>(1, 42), Assert.Single(map));
        Assert.Equal(1, map.CopyTo(new int[10], new long[10]));
        Refused(() => map[1] = 43);
        Refused(() => map.TryAdd(2, 43));
        Refused(() => map.SetRange([1], [43]));
        Refused(() => map.Remove(1));
        Refused(() => map.RemoveRange([1]));
        Refused(() => map.TryRemove(1, out _));
        Refused(() => map.TakeAll(new int[10], new long[10]));
        Refused(() => map.Clear());
        Refused(() => map.Freeze());
        Refused(() => ((BpfMap)map).TryUpdate(new byte[4], new byte[8]));
        Assert.Equal((42, 1), (all[1], all.Count()));

        static void Refused(Action action) => IsRefused(action, "it was opened read-only (BPF_F_RDONLY)");
    }

    [KernelTheory(Needs = KernelNeeds.Bpffs)]
    [InlineData(true)]
    [InlineData(false)]
    public void WhatIsOpenedForWritingIsNotRead(bool byPath)
    {
        using KernelSandbox sandbox = new();
        using BpfObject loaded = CodeBuilder.LoadMap(MapType.Hash, 4, 8, 10);
        BpfHashMap<int, long> all = new(loaded.Map("map"));
        using BpfHashMap<int, long> map = new(Reopen(sandbox, all, byPath, BpfMapAccess.WriteOnly));
        map[1] = 42;
        Assert.Equal(2, map.SetRange([2, 3], [43, 44]));
        Assert.True(map.Remove(3));
        Assert.Equal((42, 43, 2), (all[1], all[2], all.Count()));
        Refused(() => _ = map[1]);
        Refused(() => map.ContainsKey(5));
        Refused(() => map.TryRemove(1, out _));
        Refused(() => map.CopyTo(new int[10], new long[10]));
        Refused(() => map.TakeAll(new int[10], new long[10]));
        Refused(() => map.Count());
        Refused(() => ((BpfMap)map).TryLookup(new byte[4], new byte[8]));
        Refused(() => ((BpfMap)map).TryNextKey([], new byte[4]));

        static void Refused(Action action) => IsRefused(action, "it was opened write-only (BPF_F_WRONLY)");
    }

    /// <summary>Its memory is mapped for reading and writing, which the kernel refuses: it is read by system calls.</summary>
    [KernelFact(Needs = KernelNeeds.Bpffs)]
    public void ArrayWithSharedMemoryIsReadWithoutIt()
    {
        using BpfObject loaded = CodeBuilder.LoadMap(MapType.Array, 4, 8, 2, BpfMapFlags.Mmapable);
        BpfArray<long> all = new(loaded.Map("map")) { [1] = 7 };
        using BpfArray<long> array = new(BpfMap.OpenById(all.Info.Id, BpfMapAccess.ReadOnly));
        Assert.Equal((true, false), (all.IsMapped, array.IsMapped));
        Assert.Equal(7, array[1]);
        IsRefused(() => array[1] = 8, "it was opened read-only (BPF_F_RDONLY)");
        Assert.Equal([0, 7], all);
    }

    /// <summary>A map that is made so: the flag is the descriptor's and not the map's.</summary>
    [KernelTheory]
    [InlineData(BpfMapFlags.ReadOnly, BpfMapAccess.ReadOnly, "it was opened read-only")]
    [InlineData(BpfMapFlags.WriteOnly, BpfMapAccess.WriteOnly, "it was opened write-only")]
    public void MapThatIsMadeForOneSaysSo(uint flags, BpfMapAccess access, string message)
    {
        using BpfMap map = BpfMap.Create(new() { Name = "one", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 1, Flags = flags });
        Assert.Equal((access, 0u, 0u), (map.Access, map.Flags, map.Info.Flags));
        byte[] key = new byte[4], value = new byte[8];
        IsRefused(access == BpfMapAccess.ReadOnly ? () => map.TryUpdate(key, value) : () => map.TryLookup(key, value), message);
        Assert.Equal(access == BpfMapAccess.WriteOnly, access == BpfMapAccess.ReadOnly ? map.TryLookup(key, value) : map.TryUpdate(key, value));
    }

    private static BpfMap Reopen(KernelSandbox sandbox, BpfMap map, bool byPath, BpfMapAccess access)
    {
        if (!byPath) return BpfMap.OpenById(map.Info.Id, access);
        string path = Path.Combine(sandbox.MountBpffs(), "map");
        map.Pin(path);
        return BpfMap.OpenPinned(path, access);
    }

    private static void IsRefused(Action action, string message)
    {
        BpfException e = Assert.Throws<BpfException>(action);
        Assert.Equal("EPERM", e.ErrorName);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }
}
