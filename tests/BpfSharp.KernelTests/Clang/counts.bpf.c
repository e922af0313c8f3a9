#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

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
