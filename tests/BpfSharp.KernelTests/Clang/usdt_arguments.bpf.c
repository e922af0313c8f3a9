#if defined(__aarch64__)
#define __TARGET_ARCH_arm64
#else
#define __TARGET_ARCH_x86
#endif
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/usdt.bpf.h>

long sum;
long cookies;
int counts;

SEC("usdt")
int BPF_USDT(places, long number)
{
	sum += number;
	cookies += bpf_usdt_cookie(ctx);
	counts += bpf_usdt_arg_cnt(ctx);
	return 0;
}

char _license[] SEC("license") = "GPL";
