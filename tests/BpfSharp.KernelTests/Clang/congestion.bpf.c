#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

#define NON_RESTRICTED 1 /* TCP_CONG_NON_RESTRICTED */

struct sock;
struct tcp_sock { __u32 snd_cwnd; } __attribute__((preserve_access_index));

/* The kernel's struct has more members, in another order; one of these it does not have. */
struct tcp_congestion_ops {
    char name[16];
    void (*of_no_kernel)(struct sock *sk);
    __u32 (*ssthresh)(struct sock *sk);
    void (*init)(struct sock *sk);
    void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
    __u32 (*undo_cwnd)(struct sock *sk);
    __u32 flags;
};
struct tcp_congestion_ops___wrong_size { char name[8]; __u32 (*ssthresh)(struct sock *sk); };
struct tcp_congestion_ops___wrong_kind { __u32 name; __u32 (*ssthresh)(struct sock *sk); };
struct tcp_congestion_ops___more { __u32 of_no_kernel; __u32 (*ssthresh)(struct sock *sk); };
struct ops_of_no_kernel { __u32 (*ssthresh)(struct sock *sk); };
struct sk_buff { __u32 (*ssthresh)(struct sock *sk); };

int first_inits, second_inits, acks;

SEC("struct_ops/ssthresh") __u32 BPF_PROG(ssthresh, struct sock *sk) { return ((struct tcp_sock *)sk)->snd_cwnd / 2 + 2; }
SEC("struct_ops/undo_cwnd") __u32 BPF_PROG(undo_cwnd, struct sock *sk) { return ((struct tcp_sock *)sk)->snd_cwnd; }
SEC("struct_ops/first_init") void BPF_PROG(first_init, struct sock *sk) { __sync_fetch_and_add(&first_inits, 1); }
SEC("struct_ops/second_init") void BPF_PROG(second_init, struct sock *sk) { __sync_fetch_and_add(&second_inits, 1); }
SEC("struct_ops/cong_avoid") void BPF_PROG(cong_avoid, struct sock *sk, __u32 ack, __u32 acked)
{
    struct tcp_sock *tp = (struct tcp_sock *)sk;
    __sync_fetch_and_add(&acks, 1);
    tp->snd_cwnd = tp->snd_cwnd + 1;
}

SEC("struct_ops/lost") void BPF_PROG(lost, struct sock *sk) { }
SEC("?struct_ops/in_no_table") void BPF_PROG(in_no_table, struct sock *sk) { }

#define FUNCTIONS .ssthresh = (void *)ssthresh, .undo_cwnd = (void *)undo_cwnd, .cong_avoid = (void *)cong_avoid
SEC(".struct_ops") struct tcp_congestion_ops plain = { .name = "bpfsharp_plain", .init = (void *)first_init, FUNCTIONS };
SEC(".struct_ops.link") struct tcp_congestion_ops linked =
    { .name = "bpfsharp_link", .init = (void *)first_init, .of_no_kernel = (void *)lost, .flags = NON_RESTRICTED, FUNCTIONS };
SEC("?.struct_ops.link") struct tcp_congestion_ops other = { .name = "bpfsharp_link", .init = (void *)second_init, FUNCTIONS };

SEC("?.struct_ops") struct tcp_congestion_ops___wrong_size wrong_size = { .ssthresh = (void *)ssthresh };
SEC("?.struct_ops") struct tcp_congestion_ops___wrong_kind wrong_kind = { .ssthresh = (void *)ssthresh };
SEC("?.struct_ops") struct tcp_congestion_ops___more more = { .of_no_kernel = 1, .ssthresh = (void *)ssthresh };
SEC("?.struct_ops") struct ops_of_no_kernel unknown = { .ssthresh = (void *)ssthresh };
SEC("?.struct_ops") struct sk_buff not_ops = { .ssthresh = (void *)ssthresh };
SEC("?.struct_ops") struct tcp_congestion_ops misused = { .name = "bpfsharp_misuse", .undo_cwnd = (void *)ssthresh };
