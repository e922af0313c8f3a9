// A program that throws, and the function that gives its result then: only a tag names it.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

extern void bpf_throw(__u64 cookie) __attribute__((section(".ksyms")));

__attribute__((noinline)) int recovered(__u64 cookie)
{
	return cookie + 7;
}

SEC("tc")
__attribute__((btf_decl_tag("exception_callback:recovered")))
int throws(struct __sk_buff *skb)
{
	if (skb->len > 20)
		bpf_throw(35);
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
