#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct account { struct bpf_spin_lock lock; int changes; long balance; };

struct { __uint(type, BPF_MAP_TYPE_SK_STORAGE); __uint(map_flags, BPF_F_NO_PREALLOC); __type(key, int); __type(value, struct account); } sockets SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_CGROUP_STORAGE); __type(key, struct bpf_cgroup_storage_key); __type(value, struct account); } groups SEC(".maps");

SEC("cgroup/connect4")
int count(struct bpf_sock_addr *ctx)
{
	struct account *account = bpf_get_local_storage(&groups, 0);

	bpf_spin_lock(&account->lock);
	account->changes++;
	account->balance -= 10;
	bpf_spin_unlock(&account->lock);
	return 1;
}
