using BpfSharp.Objects.Kernel;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>The hooks that programs can be declared for, by the name of the <c>BpfHook</c> member; what they are is in <see cref="Hooks"/>.</summary>
internal static class HookTable
{
    private static readonly Dictionary<string, string> Prefixes = new(StringComparer.Ordinal)
    {
        ["Tracepoint"] = "tracepoint",
        ["RawTracepoint"] = "raw_tp",
        ["RawTracepointWritable"] = "raw_tp.w",
        ["Kprobe"] = "kprobe",
        ["Kretprobe"] = "kretprobe",
        ["BtfTracepoint"] = "tp_btf",
        ["Fentry"] = "fentry",
        ["Fexit"] = "fexit",
        ["ModifyReturn"] = "fmod_ret",
        ["Lsm"] = "lsm",
        ["Iterator"] = "iter",
        ["Uprobe"] = "uprobe",
        ["Uretprobe"] = "uretprobe",
        ["Usdt"] = "usdt",
        ["Ksyscall"] = "ksyscall",
        ["Kretsyscall"] = "kretsyscall",
        ["PerfEvent"] = "perf_event",
        ["Xdp"] = "xdp",
        ["XdpDevMap"] = "xdp/devmap",
        ["XdpCpuMap"] = "xdp/cpumap",
        ["Tc"] = "tc",
        ["LwtIn"] = "lwt_in",
        ["LwtOut"] = "lwt_out",
        ["LwtXmit"] = "lwt_xmit",
        ["SocketFilter"] = "socket",
        ["SkMsg"] = "sk_msg",
        ["SkSkbVerdict"] = "sk_skb/stream_verdict",
        ["SkSkbParser"] = "sk_skb/stream_parser",
        ["SockOps"] = "sockops",
        ["SkReuseport"] = "sk_reuseport",
        ["Syscall"] = "syscall",
    };

    /// <summary>The hook of a name, null if the front end does not know it.</summary>
    public static Hook? Find(string name) => Prefixes.TryGetValue(name, out string? prefix) ? Hooks.Find(prefix) : null;
}
