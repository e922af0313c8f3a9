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
        ["per-CPU array"] = m =>
        {
            m.PerCpuArray.SetAll(2, 5);
            m.PerCpuArray.TryGetValues(2, m.Values);
        },
        ["per-CPU batches"] = m =>
        {
            m.PerCpu.SetRange(m.Keys.AsSpan(0, 20), m.PerCpuValues);
            m.PerCpu.CopyTo(m.Keys.AsSpan(0, 20), m.PerCpuValues);
            m.PerCpu.RemoveRange(m.Keys.AsSpan(0, 20));
        },
        ["per-CPU batches with padding"] = m =>
        {
            m.Narrow.SetRange(m.Keys.AsSpan(0, 20), m.NarrowValues);
            m.Narrow.TakeAll(m.Keys.AsSpan(0, 20), m.NarrowValues);
        },
        ["per-CPU enumeration"] = m =>
        {
            foreach ((int key, ReadOnlySpan<long> values) in m.PerCpu) m.Sum += key + values[0];
            foreach ((int key, ReadOnlySpan<long> values) in m.PerCpuArray) m.Sum += key + values[0];
        },
        ["LRU lookup and update"] = m =>
        {
            m.Lru.Set(7, 1);
            m.Lru.TryGetValue(7, out _);
        },
        ["trie"] = m =>
        {
            m.Trie.Set(32, 1);
            m.Trie.TryGetValue(32, out _);
            m.Trie.Remove(32);
        },
        ["queue"] = m =>
        {
            m.Queue.TryEnqueue(1);
            m.Queue.TryDequeue(out _);
        },
        ["stack"] = m =>
        {
            m.Stack.TryPush(1);
            m.Stack.TryPop(out _);
        },
        ["bytes"] = m =>
        {
            Span<byte> key = stackalloc byte[4], value = stackalloc byte[8];
            m.Hash.TryUpdate(key, value);
            m.Hash.TryLookup(key, value);
            m.Hash.Delete(key);
        },
    };

    [KernelTheory]
    [MemberData(nameof(Operations))]
    public void NothingIsAllocated(string operation)
    {
        using Maps maps = new();
        Action<Maps> action = All[operation];
        SteadyState.AllocatesNothing(() => action(maps));
    }

    private sealed class Maps : IDisposable
    {
        public BpfHashMap<int, long> Hash { get; } = new(Create(MapType.Hash));

        public BpfArray<long> Array { get; } = new(Create(MapType.Array));

        public BpfArray<long> Mapped { get; } = new(Create(MapType.Array, BpfMapFlags.Mmapable));

        public BpfPerCpuHashMap<int, long> PerCpu { get; } = new(Create(MapType.PerCpuHash));

        public BpfPerCpuArray<long> PerCpuArray { get; } = new(Create(MapType.PerCpuArray));

        public BpfPerCpuHashMap<int, int> Narrow { get; } = new(Create(MapType.PerCpuHash, valueSize: 4));

        public BpfHashMap<int, long> Lru { get; } = new(Create(MapType.LruHash));

        public BpfLpmTrie<long, long> Trie { get; } = new(Create(MapType.LpmTrie, BpfMapFlags.NoPreallocation, keySize: 8));

        public BpfStack<long> Stack { get; } = new(Create(MapType.Stack, keySize: 0));

        public BpfQueue<long> Queue { get; } = new(Create(MapType.Queue, keySize: 0));

        public int[] Keys { get; } = [.. Enumerable.Range(0, 200)];

        public long[] Values { get; } = new long[200];

        public long[] PerCpuValues { get; }

        public int[] NarrowValues { get; }

        public long Sum { get; set; }

        public Maps()
        {
            Hash.SetRange(Keys, Values);
            PerCpu.SetAll(1, 5);
            (PerCpuValues, NarrowValues) = (new long[20 * PerCpu.CpuCount], new int[20 * PerCpu.CpuCount]);
        }

        public void Dispose()
        {
            foreach (BpfMap map in (BpfMap[])[Hash, Array, Mapped, PerCpu, PerCpuArray, Narrow, Lru, Trie, Stack, Queue]) map.Dispose();
        }

        private static BpfMap Create(MapType type, uint flags = 0, int keySize = 4, int valueSize = 8) =>
            BpfMap.Create(new() { Name = "map", Type = type, KeySize = keySize, ValueSize = valueSize, MaxEntries = 512, Flags = flags });
    }
}
