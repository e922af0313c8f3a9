using BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>The steady state of lookups, updates and enumerations allocates nothing.</summary>
public class AllocationTests
{
    public static TheoryData<string> Operations => [.. All.Keys];

    private static readonly Dictionary<string, Action<Maps>> All = new()
    {
        ["hash lookup"] = m => m.Hash.TryGetValue(1, out _),
        ["hash miss"] = m => m.Hash.TryGetValue(99, out _),
        ["hash update"] = m => m.Hash.Set(1, 2),
        ["hash add and remove"] = m =>
        {
            m.Hash.TryAdd(50, 1);
            m.Hash.Remove(50);
        },
        ["hash take"] = m =>
        {
            m.Hash.Set(51, 1);
            m.Hash.TryRemove(51, out _);
        },
        ["hash enumeration"] = m =>
        {
            foreach (KeyValuePair<int, long> entry in m.Hash) m.Sum += entry.Value;
        },
        ["hash batches"] = m =>
        {
            m.Hash.SetRange(m.Keys, m.Values);
            m.Hash.CopyTo(m.Keys, m.Values);
        },
        ["array"] = m => m.Array[3] = m.Array[2] + 1,
        ["mapped array"] = m => m.Mapped[3] = m.Mapped[2] + 1,
        ["per-CPU lookup"] = m => m.PerCpu.TryGetValues(1, m.Values),
        ["per-CPU update"] = m => m.PerCpu.SetValues(1, m.Values.AsSpan(0, m.PerCpu.CpuCount)),
        ["queue"] = m =>
        {
            m.Queue.TryEnqueue(1);
            m.Queue.TryDequeue(out _);
        },
    };

    [KernelTheory]
    [MemberData(nameof(Operations))]
    public void NothingIsAllocated(string operation)
    {
        using Maps maps = new();
        Action<Maps> action = All[operation];
        for (int i = 0; i < 50; i++) action(maps);
        // The first thousand may meet what .NET makes once for the thread, when it compiles something anew.
        long least = long.MaxValue;
        for (int attempt = 0; attempt < 3 && least > 0; attempt++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 1000; i++) action(maps);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }

    private sealed class Maps : IDisposable
    {
        public BpfHashMap<int, long> Hash { get; } = new(Create(MapType.Hash));

        public BpfArray<long> Array { get; } = new(Create(MapType.Array));

        public BpfArray<long> Mapped { get; } = new(Create(MapType.Array, BpfMapFlags.Mmapable));

        public BpfPerCpuHashMap<int, long> PerCpu { get; } = new(Create(MapType.PerCpuHash));

        public BpfQueue<long> Queue { get; } = new(Create(MapType.Queue, keySize: 0));

        public int[] Keys { get; } = [.. Enumerable.Range(0, 200)];

        public long[] Values { get; } = new long[200];

        public long Sum { get; set; }

        public Maps()
        {
            Hash.SetRange(Keys, Values);
            PerCpu.SetAll(1, 5);
        }

        public void Dispose()
        {
            foreach (BpfMap map in (BpfMap[])[Hash, Array, Mapped, PerCpu, Queue]) map.Dispose();
        }

        private static BpfMap Create(MapType type, uint flags = 0, int keySize = 4) =>
            BpfMap.Create(new() { Name = "map", Type = type, KeySize = keySize, ValueSize = 8, MaxEntries = 512, Flags = flags });
    }
}
