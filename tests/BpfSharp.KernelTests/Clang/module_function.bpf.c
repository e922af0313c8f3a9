#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

/* Functions of the module nf_conntrack. */
struct nf_conn { unsigned long status; } __attribute__((preserve_access_index));
struct bpf_ct_opts { __s32 netns_id; __s32 error; __u8 l4proto; __u8 dir; __u8 reserved[2]; } __attribute__((preserve_access_index));
struct nf_conn *bpf_xdp_ct_lookup(struct xdp_md *ctx, struct bpf_sock_tuple *tuple, __u32 size, struct bpf_ct_opts *opts, __u32 opts_size) __ksym;
void bpf_ct_release(struct nf_conn *ct) __ksym;

int error = 1;

SEC("xdp") int look_up(struct xdp_md *ctx)
{
    struct bpf_ct_opts opts = { .netns_id = -1, .l4proto = 6 };
    struct bpf_sock_tuple tuple = { .ipv4.saddr = 0x0100007f, .ipv4.daddr = 0x0100007f };
    struct nf_conn *found = bpf_xdp_ct_lookup(ctx, &tuple, sizeof(tuple.ipv4), &opts, sizeof(opts));
    if (found) bpf_ct_release(found);
    error = opts.error;
    return XDP_PASS;
}
