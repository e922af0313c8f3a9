namespace BpfSharp.Analyzers.Frontend;

/// <summary>What the front end knows of a hook.</summary>
/// <param name="Section">The ELF section's name, or its first part where a target follows, by libbpf's conventions.</param>
/// <param name="TargetHint">What a target looks like; null if the hook has none.</param>
/// <param name="FaultResult">What a program returns when an operation faults, unless it says otherwise.</param>
internal sealed record HookInfo(string Section, string? TargetHint, long FaultResult)
{
    /// <summary>The whole section's name.</summary>
    public string SectionFor(string? target) => TargetHint is null || string.IsNullOrEmpty(target) ? Section : Section + "/" + target;
}

/// <summary>The hooks, by the name of the <c>BpfHook</c> member.</summary>
internal static class HookTable
{
    private static readonly Dictionary<string, HookInfo> Hooks = new(StringComparer.Ordinal)
    {
        ["Tracepoint"] = new("tracepoint", "category/name, such as \"raw_syscalls/sys_enter\"", 0),
        ["RawTracepoint"] = new("raw_tp", "the tracepoint's name, such as \"sys_enter\"", 0),
        ["Kprobe"] = new("kprobe", "the kernel function's name, such as \"vfs_read\"", 0),
        ["Kretprobe"] = new("kretprobe", "the kernel function's name, such as \"vfs_read\"", 0),
        ["PerfEvent"] = new("perf_event", null, 0),
        ["Xdp"] = new("xdp", null, 0),
        ["Tc"] = new("tc", null, 0),
        ["SocketFilter"] = new("socket", null, 0),
        ["Syscall"] = new("syscall", null, 0),
    };

    /// <summary>The hook of a name, null if the front end does not know it.</summary>
    public static HookInfo? Find(string name) => Hooks.TryGetValue(name, out HookInfo? hook) ? hook : null;
}
