// What depends on the running kernel: its types (CO-RE), its configuration, its symbols.
#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

char _license[] SEC("license") = "GPL";

struct task_struct {
	int tgid;
	char comm[16];
	struct task_struct *group_leader;
} __attribute__((preserve_access_index));

struct task_struct___other {
	int no_such_member;
} __attribute__((preserve_access_index));

struct no_such_struct {
	int member;
} __attribute__((preserve_access_index));

extern int LINUX_KERNEL_VERSION __kconfig;
extern bool CONFIG_BPF_SYSCALL __kconfig __weak;
extern int CONFIG_NO_SUCH_SETTING __kconfig __weak;
extern const void bpf_prog_put __ksym __weak;
extern const void no_such_symbol __ksym __weak;

struct answers {
	int tgid, version, syscall, missing_setting, comm_size, has_comm, has_other, has_struct, has_symbol, has_missing_symbol;
} answers;

SEC("raw_tp/sys_enter")
int answer(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct answers a = {};

	a.tgid = BPF_CORE_READ(task, group_leader, tgid);
	a.version = LINUX_KERNEL_VERSION;
	a.syscall = CONFIG_BPF_SYSCALL;
	a.missing_setting = CONFIG_NO_SUCH_SETTING;
	a.comm_size = bpf_core_field_size(task->comm);
	a.has_comm = bpf_core_field_exists(task->comm);
	a.has_other = bpf_core_field_exists(((struct task_struct___other *)task)->no_such_member);
	a.has_struct = bpf_core_type_exists(struct no_such_struct);
	a.has_symbol = &bpf_prog_put != 0;
	a.has_missing_symbol = &no_such_symbol != 0;
	if (a.has_other)
		a.tgid = BPF_CORE_READ((struct task_struct___other *)task, no_such_member);
	answers = a;
	return 0;
}

SEC("?raw_tp/sys_enter")
int unguarded(void *ctx)
{
	struct task_struct___other *task = (void *)bpf_get_current_task();

	answers.tgid = BPF_CORE_READ(task, no_such_member);
	return 0;
}
