using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using BpfSharp.KernelTests.Runtime;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>Lookups and updates that hold the value's lock while programs change the value under it.</summary>
public sealed class LockedReadTests
{
    [KernelFact]
    public async Task ValueIsNeverReadInTheMiddleOfAChange()
    {
        using LockedReadPrograms programs = LockedReadPrograms.Load();
        BpfHashMap<uint, Words> hash = programs.Maps.Hash.UnderLock();
        BpfArray<Words> array = programs.Maps.Array.UnderLock();
        BpfMap bytes = ((BpfMap)programs.Maps.Hash).UnderLock();
        programs.Maps.Hash.Set(1, default);
        using CancellationTokenSource stop = new();
        Task writer = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested) Assert.Equal((uint)Kernel.XdpAction.Pass, programs.Programs.Count.TestRun(new byte[64], 1000).ReturnValue);
        });
        long changes = 0, last = 0;
        uint[] keys = new uint[8];
        Words[] values = new Words[8];
        byte[] value = new byte[hash.ValueSize];
        for (int i = 0; i < 20_000 && !writer.IsCompleted; i++)
        {
            Assert.True(hash.TryGetValue(1, out Words words));
            long now = Whole(words);
            if (now != last) changes++;
            last = now;
            Whole(array[1]);
            Assert.Equal(1, hash.CopyTo(keys, values));
            Whole(values[0]);
            array.CopyTo(values);
            Whole(values[1]);
            foreach ((uint _, Words entry) in hash) Whole(entry);
            Assert.True(bytes.TryLookup(BitConverter.GetBytes(1), value));
            Whole(MemoryMarshal.Read<Words>(value));
            // What user space writes is never half of it, either: the program counts on from all of it.
            if (i % 10 == 0) hash.Set(1, Same(i));
            if (i % 10 == 5) Assert.Equal(1, hash.SetRange([1], [Same(-i)]));
            if (i % 10 == 5) array[1] = Same(i);
            if (i % 10 == 7) Assert.True(bytes.TryUpdate(BitConverter.GetBytes(1), MemoryMarshal.AsBytes<Words>([Same(i)])));
        }

        await stop.CancelAsync();
        await writer;
        Assert.NotEqual(0, changes);
        Assert.Same(hash, programs.Maps.Hash.UnderLock());
        Assert.Same(hash, hash.UnderLock());
    }

    [KernelFact]
    public void EachOperationAsksForTheLockAndIsRefusedWhereThereIsNone()
    {
        using LockedReadPrograms programs = LockedReadPrograms.Load();
        programs.Maps.Free.Set(1, 5);
        BpfHashMap<uint, long> hash = programs.Maps.Free.UnderLock();
        BpfArray<long> array = programs.Maps.FreeArray.UnderLock();
        Refused(() => hash.TryGetValue(1, out _));
        Refused(() => hash.Set(1, 6));
        Refused(() => hash.TryAdd(2, 6));
        Refused(() => hash.TryReplace(1, 6));
        Refused(() => hash.SetRange([1], [6]));
        Refused(() => hash.CopyTo(new uint[4], new long[4]));
        Refused(() => hash.TakeAll(new uint[4], new long[4]));
        Refused(() => hash.Count());
        Refused(() => hash.TryRemove(1, out _));
        Refused(() => _ = array[1]);
        Refused(() => array[1] = 6);
        Refused(() => array.CopyTo(new long[8]));
        Refused(() => ((BpfMap)programs.Maps.Free).UnderLock().TryLookup(new byte[4], new byte[8]));
        Refused(() => ((BpfMap)programs.Maps.Free).UnderLock().TryUpdate(new byte[4], new byte[8]));
        Assert.Equal((5, 1), (programs.Maps.Free[1], programs.Maps.Free.Count()));
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        programs.Maps.FreeSockets.Set(socket.SafeHandle, 5);
        Refused(() => programs.Maps.FreeSockets.UnderLock().Set(socket.SafeHandle, 6));
        Refused(() => programs.Maps.FreeSockets.UnderLock().TryGetValue(socket.SafeHandle, out _));
        Assert.Contains("LruHash, whose values have no locks", Assert.Throws<InvalidOperationException>(() => programs.Maps.Recent.UnderLock()).Message, StringComparison.Ordinal);

        static void Refused(Action action)
        {
            BpfException e = Assert.Throws<BpfException>(action);
            Assert.Equal("EINVAL", e.ErrorName);
            Assert.Contains("declare a BpfSpinLock field", e.Message, StringComparison.Ordinal);
        }
    }

    [KernelFact]
    public void EntriesAreMadeReadAndTakenUnderTheLock()
    {
        using LockedReadPrograms programs = LockedReadPrograms.Load();
        BpfHashMap<uint, Words> hash = programs.Maps.Hash.UnderLock();
        Assert.True(hash.TryAdd(1, Same(5)));
        Assert.False(hash.TryAdd(1, Same(6)));
        Assert.False(hash.TryReplace(2, Same(6)));
        Assert.True(hash.TryReplace(1, Same(7)));
        programs.Programs.Count.TestRun(new byte[64], 3);
        Assert.Equal(10, Whole(hash[1]));
        Assert.True(hash.TryRemove(1, out Words removed));
        Assert.Equal(10, Whole(removed));
        Assert.Equal(3, hash.SetRange([1, 2, 3], [Same(1), Same(2), Same(3)]));
        uint[] keys = new uint[8];
        Words[] values = new Words[8];
        Assert.Equal(3, hash.TakeAll(keys, values));
        for (int i = 0; i < 3; i++) Assert.Equal(keys[i], Whole(values[i]));
        Assert.Equal(0, hash.Count());
    }

    [ClangFact(Minimum = "5.9", Needs = KernelNeeds.CgroupBpf)]
    public void StoragesAreReadAndWrittenUnderTheLock()
    {
        using KernelSandbox sandbox = new();
        using BpfObject loaded = Clang.Open("storage_locks").Load();
        BpfStorageMap<Account> sockets = new BpfStorageMap<Account>(loaded.Map("sockets")).UnderLock();
        BpfHashMap<BpfCgroupStorageKey, Account> groups = new BpfHashMap<BpfCgroupStorageKey, Account>(loaded.Map("groups")).UnderLock();
        Cgroup group = sandbox.AddCgroup();
        using BpfLink link = loaded.Program("count").AttachCgroup(group.Path);
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        BpfCgroupStorageKey key = Assert.Single(groups).Key;
        groups[key] = new(0, 0, 100);
        group.Run(() =>
        {
            using Socket other = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            for (int i = 0; i < 3; i++) other.Connect(IPAddress.Loopback, 9);
        });
        Assert.Equal(new Account(0, 3, 70), groups[key]);
        Assert.True(sockets.Set(socket.SafeHandle, new(0, 0, 8)));
        Assert.True(sockets.Set(socket.SafeHandle, new(0, 0, 9), BpfUpdateMode.MustExist));
        Assert.False(sockets.Set(socket.SafeHandle, new(0, 0, 1), BpfUpdateMode.MustBeNew));
        Assert.True(sockets.TryGetValue(socket.SafeHandle, out Account stored));
        Assert.Equal(new Account(0, 0, 9), stored);
    }

    /// <summary>The struct of storage_locks.bpf.c.</summary>
    private readonly record struct Account(int Lock, int Changes, long Balance);

    private static Words Same(long value)
    {
        Words words = default;
        ((Span<long>)words.List).Fill(value);
        return words;
    }

    private static long Whole(Words words)
    {
        ReadOnlySpan<long> list = words.List;
        if (list.ContainsAnyExcept(list[0])) Assert.Fail($"the value is half changed: {string.Join(" ", list.ToArray())}");
        return list[0];
    }
}
