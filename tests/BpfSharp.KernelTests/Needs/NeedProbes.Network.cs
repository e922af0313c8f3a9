using BpfSharp.KernelTests.Raw;
using BpfSharp.Objects;
using Microsoft.Win32.SafeHandles;

namespace BpfSharp.KernelTests;

static partial class NeedProbes
{
    const uint Loopback = 1; // the interface index of lo in a new namespace

    static void ProbeNetworkNamespaces() => NetworkNamespace.RunInTemporary(static () => { });

    static void ProbeDevice(string kind) =>
        NetworkNamespace.RunInTemporary(() => Command.Run("ip", "link", "add", "probe0", "type", kind));

    static void ProbeClsact() => NetworkNamespace.RunInTemporary(static () =>
    {
        Command.Run("tc", "qdisc", "add", "dev", "lo", "clsact");
        Command.Run("tc", "filter", "add", "dev", "lo", "ingress", "bpf", "da", "bytecode", "1,6 0 0 0");
    });

    static void ProbeXdpLink() => NetworkNamespace.RunInTemporary(static () =>
    {
        using var program = RawBpf.LoadReturn(ProgramType.Xdp, 2, AttachType.Xdp);
        RawBpf.CreateLink(program, Loopback, AttachType.Xdp, 2 /* XDP_FLAGS_SKB_MODE */).Dispose();
    });

    static void ProbeConnectionTracking()
    {
        const string Entries = "/proc/net/nf_conntrack", Types = "/sys/kernel/btf/nf_conntrack";
        Require(File.Exists(Entries), $"{Entries} is missing");
        Require(File.Exists(Types) || KernelBtf.Find(KernelBtf.Func, "bpf_skb_ct_lookup") is not null, $"neither the kernel's types nor {Types} have bpf_skb_ct_lookup");
    }

    static void ProbeModuleTracing()
    {
        foreach (string path in (string[])["/sys/kernel/btf/sunrpc", "/proc/net/rpc/auth.unix.ip/channel"]) Require(File.Exists(path), $"{path} is missing");
    }

    static void ProbeXskSockets()
    {
        using BpfMap map = BpfMap.Create(new MapSpec { Name = "probe", Type = Objects.Kernel.MapType.XskMap, KeySize = 4, ValueSize = 4, MaxEntries = 1 });
        using SafeFileHandle socket = Libc.OpenSocket(44 /* AF_XDP */, 3 /* SOCK_RAW */);
        new BpfSocketMap<int>(map).Set(0, socket);
    }

    static void ProbeTcx() => NetworkNamespace.RunInTemporary(static () =>
    {
        using var program = RawBpf.LoadReturn(ProgramType.SchedCls, 0, AttachType.TcxIngress);
        RawBpf.CreateLink(program, Loopback, AttachType.TcxIngress).Dispose();
    });

    static void ProbeNetfilter() => NetworkNamespace.RunInTemporary(static () =>
    {
        using var program = RawBpf.LoadReturn(ProgramType.Netfilter, 1, AttachType.Netfilter);
        // NFPROTO_IPV4, NF_INET_LOCAL_IN, any priority but the reserved ones
        RawBpf.CreateLink(program, 0, AttachType.Netfilter, 0, a => a.Set(16, 2).Set(20, 1).Set(24, 128)).Dispose();
    });
}
