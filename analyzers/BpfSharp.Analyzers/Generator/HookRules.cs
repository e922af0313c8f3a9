namespace BpfSharp.Analyzers.Generator;

/// <summary>What a hook asks of a declaration.</summary>
/// <param name="Name">The member of <c>BpfHook</c>.</param>
/// <param name="Context">How its context is written, for messages.</param>
/// <param name="Result">What a program returns, for messages.</param>
/// <param name="Target">What the target is, for messages; "" if the hook takes none.</param>
/// <param name="Arguments">How many parameters may follow the context.</param>
internal sealed record HookRules(string Name, string Context, string Result, string Target, int Arguments = 0)
{
    private static readonly HookRules[] s_all =
    [
        new("Tracepoint", "TracepointContext<T>", "int", "such as \"raw_syscalls/sys_enter\""),
        new("RawTracepoint", "RawTracepointContext", "int", "such as \"sched_switch\"", 12),
        new("RawTracepointWritable", "WritableTracepointContext", "int", "a writable tracepoint such as \"bpf_test_finish\"", 12),
        new("Kprobe", "KprobeContext", "int", "a kernel function such as \"vfs_read\"", 6),
        new("Kretprobe", "KprobeContext", "int", "a kernel function such as \"vfs_read\"", 1),
        new("BtfTracepoint", "TracingContext", "int", "a tracepoint such as \"sched_switch\"", 12),
        new("Fentry", "TracingContext", "int", "a kernel function such as \"vfs_read\"", 12),
        new("Fexit", "TracingContext", "int", "a kernel function such as \"vfs_read\"", 13),
        new("ModifyReturn", "TracingContext", "int", "a kernel function such as \"bpf_modify_return_test\"", 13),
        new("Lsm", "TracingContext", "int", "a security hook such as \"file_open\"", 13),
        new("Iterator", "IteratorContext", "int", "a kind of objects such as \"task\"", 1),
        new("Uprobe", "KprobeContext", "int", "such as \"/bin/bash:readline\"", 6),
        new("Uretprobe", "KprobeContext", "int", "such as \"/bin/bash:readline\"", 1),
        new("Usdt", "UsdtContext", "int", "such as \"/usr/bin/app:provider:name\"", 12),
        new("Ksyscall", "KprobeContext", "int", "a system call such as \"unlinkat\"", 6),
        new("Kretsyscall", "KprobeContext", "int", "a system call such as \"unlinkat\"", 1),
        new("PerfEvent", "PerfEventContext", "int", ""),
        new("Xdp", "XdpContext", "XdpAction", ""),
        new("XdpDevMap", "XdpContext", "XdpAction", ""),
        new("XdpCpuMap", "XdpContext", "XdpAction", ""),
        new("Tc", "TcContext", "TcAction", ""),
        new("LwtIn", "LwtContext", "LwtAction", ""),
        new("LwtOut", "LwtContext", "LwtAction", ""),
        new("LwtXmit", "LwtXmitContext", "LwtAction", ""),
        new("SocketFilter", "SocketFilterContext", "int", ""),
        new("SkMsg", "SkMsgContext", "SkAction", ""),
        new("SkSkbVerdict", "SkSkbContext", "SkAction", ""),
        new("SkSkbParser", "SkSkbContext", "int", ""),
        new("SockOps", "SockOpsContext", "int", ""),
        new("SkReuseport", "SkReuseportContext", "SkAction", ""),
        new("Syscall", "SyscallContext<T>", "int", ""),
    ];

    /// <summary>The rules of the hook with a name; null for a value that is no hook.</summary>
    public static HookRules? Find(string name) => Array.Find(s_all, rules => rules.Name == name);
}
