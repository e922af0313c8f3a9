#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct { __uint(type, BPF_MAP_TYPE_USER_RINGBUF); __uint(max_entries, 4096); } ring SEC(".maps");
long sum;
static long take(struct bpf_dynptr *record, void *context) { long value; bpf_dynptr_read(&value, 8, record, 0, 0); sum += value; return 0; }
SEC("socket") int drain(void *context) { return bpf_user_ringbuf_drain(&ring, take, 0, 0); }
