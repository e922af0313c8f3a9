using System.Diagnostics;
using BpfSharp.Objects;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>
/// Many cycles and many threads. <c>BPFSHARP_STRESS=long</c> runs them at full length: 10,000 cycles, and eight threads for a minute.
/// </summary>
public class StressTests
{
    private const int Threads = 8;
    private static readonly bool Long = Environment.GetEnvironmentVariable("BPFSHARP_STRESS") == "long";

    [KernelFact(Needs = KernelNeeds.RawTracepoints)]
    public void CyclesLeaveNoDescriptorAndNothingInTheKernel()
    {
        BpfOpenObject open = CodeBuilder.Open(
            [new CodeBuilder().LoadData(1, ".bss", 0).Move(2, 1).AtomicAdd64(1, 0, 2).Return(0).Function("p", "raw_tp/sys_enter")],
            [new() { Name = "stress_counts", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 16 }],
            [new() { Name = ".bss", Content = [.. new byte[8]] }]);
        int before = LoadTests.OpenDescriptors();
        for (int i = 0; i < (Long ? 10_000 : 500); i++)
        {
            using BpfObject loaded = open.Load();
            using BpfAttachment attached = loaded.AttachAll();
            new BpfHashMap<int, long>(loaded.Map("stress_counts"))[i % 16] = i;
        }

        Assert.Equal(before, LoadTests.OpenDescriptors());
    }

    [KernelTheory]
    [InlineData(MapType.Hash)]
    [InlineData(MapType.LruHash)]
    public void ThreadsShareAMap(MapType type)
    {
        const int KeysPerThread = 200;
        using BpfHashMap<int, Pair> map = new(BpfMap.Create(
            new MapSpec { Name = "shared", Type = type, KeySize = 4, ValueSize = 16, MaxEntries = Threads * KeysPerThread * (type == MapType.LruHash ? 8u : 1u) }));
        Stopwatch time = Stopwatch.StartNew();
        TimeSpan length = TimeSpan.FromSeconds(Long ? 60 : 1);
        long[] operations = new long[Threads];
        Run(thread =>
        {
            Random random = new(thread);
            Pair[] mine = new Pair[KeysPerThread];
            bool[] there = new bool[KeysPerThread];
            // Once at least: on a busy machine a thread may begin when the time is over.
            do
            {
                for (int i = 0; i < 100; i++)
                {
                    int index = random.Next(KeysPerThread), key = (thread * KeysPerThread) + index;
                    switch (random.Next(8))
                    {
                        case < 3:
                            Pair value = new(random.NextInt64(), thread);
                            map.Set(key, value);
                            (mine[index], there[index]) = (value, true);
                            break;
                        case 3:
                            Expect(there[index], map.Remove(key), type);
                            there[index] = false;
                            break;
                        case 4:
                            // Somebody else's: whole, and of that thread.
                            int other = random.Next(Threads * KeysPerThread);
                            if (map.TryGetValue(other, out Pair theirs)) Assert.Equal(other / KeysPerThread, (int)theirs.Thread);
                            break;
                        default:
                            bool found = map.TryGetValue(key, out Pair read);
                            Expect(there[index], found, type);
                            if (found) Assert.Equal(mine[index], read);
                            break;
                    }

                    operations[thread]++;
                }

                if (thread == 0) foreach ((int key, Pair value) in map) Assert.Equal(key / KeysPerThread, (int)value.Thread);
            }
            while (time.Elapsed < length);
        });
        Assert.All(operations, o => Assert.True(o > 0));
    }

    [KernelFact(Minimum = "5.8")]
    public void ProducersOnManyThreadsLoseNothingThatWasPromised()
    {
        int rounds = Long ? 20_000 : 500;
        using BpfObject loaded = Producer().Load();
        BpfRingBuffer<long> ring = new(loaded.Map("ring"));
        BpfProgram program = loaded.Program("produce");
        bool done = false;
        long read = 0;
        Thread reader = new(() =>
        {
            while (!Volatile.Read(ref done)) read += ring.Consume((in long r) => Assert.Equal(1, r));
            read += ring.Consume((in long r) => Assert.Equal(1, r));
        });
        reader.Start();
        Run(_ =>
        {
            for (int i = 0; i < rounds; i++) program.TestRun(new byte[64], 20);
        });
        Volatile.Write(ref done, true);
        reader.Join();
        Assert.Equal((long)Threads * rounds * 20, read + ring.Lost);
    }

    [KernelFact]
    public void ObjectsAreLoadedByManyThreadsAtOnce()
    {
        int before = LoadTests.OpenDescriptors();
        BpfOpenObject open = CodeBuilder.Open([new CodeBuilder().Return(3).Function("p", "socket")]);
        Run(_ =>
        {
            for (int i = 0; i < (Long ? 500 : 20); i++)
            {
                using BpfObject loaded = open.Load();
                Assert.Equal(3u, loaded.Program("p").TestRun(new byte[64]).ReturnValue);
            }
        });
        Assert.Equal(before, LoadTests.OpenDescriptors());
    }

    private static void Expect(bool expected, bool actual, MapType type)
    {
        // An LRU map may have dropped it.
        if (type == MapType.Hash) Assert.Equal(expected, actual);
        else Assert.False(actual && !expected);
    }

    private static void Run(Action<int> work)
    {
        List<Exception> failures = [];
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(i => new Thread(() =>
        {
            try
            {
                work(i);
            }
            catch (Exception e)
            {
                lock (failures) failures.Add(e);
            }
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        if (failures.Count > 0) throw new AggregateException(failures);
    }

    private static BpfOpenObject Producer() => CodeBuilder.Open(
        [new CodeBuilder().Move(1, 1).Store64(10, -8, 1).LoadMap(1, "ring").MoveRegister(2, 10).AddImmediate(2, -8).Move(3, 8).Move(4, 0).Helper(130)
            .JumpIfEqual(0, 0, 4).LoadData(1, ".bss", 0).Move(2, 1).AtomicAdd64(1, 0, 2).Return(0).Function("produce", "socket")],
        [new() { Name = "ring", Type = MapType.RingBuffer, MaxEntries = 1 << 16 }],
        [new() { Name = ".bss", Content = [.. new byte[8]], Variables = [new("__lost_ring", 0, 8)] }]);

    private readonly record struct Pair(long Value, long Thread);
}
