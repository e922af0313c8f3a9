# bcc's hello world of the same work: counts system calls by process, and says when it is attached.
from bcc import BPF

b = BPF(text=r"""
BPF_HASH(counts, u32, u64, 10240);

TRACEPOINT_PROBE(raw_syscalls, sys_enter)
{
	u32 pid = bpf_get_current_pid_tgid() >> 32;

	counts.increment(pid);
	return 0;
}
""")
print("attached", flush=True)
input()
