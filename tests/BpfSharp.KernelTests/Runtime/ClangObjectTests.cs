namespace BpfSharp.KernelTests.Runtime;

/// <summary>Objects of another compiler: all that this loader knows of them is in the file.</summary>
public class ClangObjectTests
{
    private const string Source = """
        struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 64); __type(key, __u32); __type(value, __u64); } counts SEC(".maps");
        struct inner { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, int); __type(value, int); } first SEC(".maps");
        struct { __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS); __uint(max_entries, 4); __type(key, int); __array(values, struct inner); }
            outer SEC(".maps") = { .values = { [1] = &first } };
        const volatile int step = 1;
        __u64 total = 5;
        static int seen;
        static __attribute__((noinline)) int bump(__u32 key)
        {
            __u64 one = step, *value = bpf_map_lookup_elem(&counts, &key);
            if (value) *value += step; else bpf_map_update_elem(&counts, &key, &one, BPF_ANY);
            seen++;
            return seen;
        }
        static long visit(__u32 i, void *context) { bump(i); return 0; }
        SEC("socket") int run(struct __sk_buff *skb)
        {
            int key = 1;
            void *map = bpf_map_lookup_elem(&outer, &key);
            if (map) { int zero = 0, *value = bpf_map_lookup_elem(map, &zero); if (value) *value = 99; }
            total += step;
            bpf_loop(3, visit, 0, 0);
            return bump(7);
        }
        """;

    [ClangFact(Minimum = "5.17")]
    public void ClangsObjectRuns()
    {
        using KernelSandbox sandbox = new();
        BpfOpenObject open = Clang.Compile(sandbox, Source);
        Assert.Equal("test", open.Name);
        BitConverter.GetBytes(10).CopyTo(open.Variable("step"));
        using BpfObject loaded = open.Load();
        Assert.Equal(4u, loaded.Program("run").TestRun(new byte[64]).ReturnValue);
        BpfHashMap<uint, ulong> counts = new(loaded.Map("counts"));
        Assert.Equal([(0u, 10ul), (1u, 10ul), (2u, 10ul), (7u, 10ul)], counts.Select(e => (e.Key, e.Value)).Order());
        Assert.Equal(99, new BpfArray<int>(loaded.Map("first"))[0]);
        Assert.Equal(15ul, loaded.ReadGlobal<ulong>(".data", 0));
        // The kernel has the types: of the map, and of the functions.
        Assert.NotEqual(0u, loaded.Map("counts").Info.ValueTypeId);
        Assert.NotEqual(0u, loaded.Program("run").Info.BtfId);
    }
}
