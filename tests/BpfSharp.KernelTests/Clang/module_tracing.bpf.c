#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

/* Functions, a tracepoint and types of the module sunrpc. */
struct cache_detail { int hash_size; } __attribute__((preserve_access_index));
struct cache_head;

struct { int calls, size; } begun, ended, updated;

SEC("fentry/sunrpc_cache_update") int BPF_PROG(enter, struct cache_detail *cache)
{
	begun.calls++;
	begun.size = cache->hash_size;
	return 0;
}

SEC("fexit/sunrpc:sunrpc_cache_update") int BPF_PROG(leave, struct cache_detail *cache)
{
	ended.calls++;
	ended.size = cache->hash_size;
	return 0;
}

SEC("tp_btf/cache_entry_update") int BPF_PROG(update, struct cache_detail *cache)
{
	if (!cache) return 0; /* Arguments of tracepoints of modules may be null to the verifier of 6.12. */
	updated.calls++;
	updated.size = cache->hash_size;
	return 0;
}
