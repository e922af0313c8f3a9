namespace BpfSharp.Analyzers.Generator;

/// <summary>What a hook asks of a declaration.</summary>
/// <param name="Name">The member of <c>BpfHook</c>.</param>
/// <param name="Context">How its context is written, for messages.</param>
/// <param name="Result">What a program returns, for messages.</param>
/// <param name="Target">What the target is, for messages; "" if the hook takes none.</param>
internal sealed record HookRules(string Name, string Context, string Result, string Target)
{
    private static readonly HookRules[] s_all =
    [
        new("Tracepoint", "TracepointContext<T>", "int", "such as \"raw_syscalls/sys_enter\""),
        new("RawTracepoint", "RawTracepointContext", "int", "such as \"sched_switch\""),
        new("Kprobe", "KprobeContext", "int", "a kernel function such as \"vfs_read\""),
        new("Kretprobe", "KprobeContext", "int", "a kernel function such as \"vfs_read\""),
        new("PerfEvent", "PerfEventContext", "int", ""),
        new("Xdp", "XdpContext", "XdpAction", ""),
        new("Tc", "TcContext", "TcAction", ""),
        new("SocketFilter", "SocketFilterContext", "int", ""),
        new("Syscall", "SyscallContext<T>", "int", ""),
    ];

    /// <summary>The rules of the hook with a name; null for a value that is no hook.</summary>
    public static HookRules? Find(string name) => Array.Find(s_all, rules => rules.Name == name);
}
