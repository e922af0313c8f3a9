using System.Net;
using System.Net.Sockets;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>Kinds of links that the other tests do not have, each seen to run.</summary>
public class LinkKindTests
{
    [KernelFact(Minimum = "6.7", Needs = KernelNeeds.Netkit)]
    public void NetkitProgramSeesWhatIsSent()
    {
        using KernelSandbox sandbox = new();
        NetworkNamespace space = sandbox.AddNetworkNamespace();
        // The other end gets the kernel's name for it, nk0; it takes nothing until it is up.
        space.Ip("link", "add", "tested0", "type", "netkit");
        space.Ip("addr", "add", "10.99.0.1/24", "dev", "tested0");
        space.Ip("link", "set", "tested0", "up");
        space.Ip("link", "set", "nk0", "up");
        using BpfObject loaded = Counter("netkit/primary", verdict: 0).Load();
        using (BpfLink link = space.Run(() => loaded.Program("count").AttachTc("tested0", AttachType.NetkitPrimary)))
        {
            Assert.Equal(BpfLinkType.Netkit, link.Info.Type);
            Send(space, "10.99.0.2");
            Assert.True(Seen(loaded) > 0);
        }

        long before = Seen(loaded);
        Send(space, "10.99.0.2");
        Assert.Equal(before, Seen(loaded));
    }

    [KernelFact(Minimum = "6.4", Needs = KernelNeeds.Netfilter)]
    public void NetfilterProgramSeesWhatArrives()
    {
        using KernelSandbox sandbox = new();
        NetworkNamespace space = sandbox.AddNetworkNamespace();
        space.Ip("link", "set", "lo", "up");
        using BpfObject loaded = Counter("netfilter", verdict: 1).Load();
        using (BpfLink link = space.Run(() => loaded.Program("count").AttachNetfilter(new(BpfNetfilterFamily.IPv4, BpfNetfilterPoint.LocalIn, Priority: 10))))
        {
            Assert.Equal(BpfLinkType.Netfilter, link.Info.Type);
            Send(space, "127.0.0.1");
            Assert.True(Seen(loaded) > 0);
        }

        long before = Seen(loaded);
        Send(space, "127.0.0.1");
        Assert.Equal(before, Seen(loaded));
    }

    [KernelFact(Minimum = "5.18", Needs = KernelNeeds.KprobeMulti)]
    public void ManyKernelFunctionsAreProbedByOneLink()
    {
        using BpfObject loaded = Counter("kprobe.multi", verdict: 0).Load();
        using (BpfLink link = loaded.Program("count").AttachKprobes(["vfs_read", "vfs_writ?"]))
        {
            Assert.Equal(BpfLinkType.KprobeMulti, link.Info.Type);
            _ = File.ReadAllText("/proc/self/comm");
            Assert.True(Seen(loaded) > 0);
        }

        long before = Seen(loaded);
        _ = File.ReadAllText("/proc/self/comm");
        Assert.Equal(before, Seen(loaded));
        Assert.Contains("no_such_function_here", Assert.Throws<BpfException>(() => loaded.Program("count").AttachKprobes(["no_such_function_here"])).Message, StringComparison.Ordinal);
    }

    [KernelFact(Minimum = "5.7", Needs = KernelNeeds.FmodRet)]
    public void ProgramThatMayChangeAResultIsAskedFirst()
    {
        using BpfObject loaded = Counter("fmod_ret/security_file_open", verdict: 0).Load();
        using (BpfLink link = loaded.Program("count").Attach())
        {
            Assert.Equal(BpfLinkType.Tracing, link.Info.Type);
            _ = File.ReadAllText("/proc/self/comm");
            Assert.True(Seen(loaded) > 0);
        }

        long before = Seen(loaded);
        _ = File.ReadAllText("/proc/self/comm");
        Assert.Equal(before, Seen(loaded));
    }

    [KernelFact(Needs = KernelNeeds.SockMap)]
    public void MessageProgramSeesWhatASocketOfTheMapSends()
    {
        using BpfObject loaded = Counter("sk_msg", verdict: 1).Load();
        using BpfObject maps = CodeBuilder.LoadMap(MapType.SockMap, 4, 4, 2);
        BpfSocketMap<int> map = new(maps.Map("map"));
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        using TcpClient client = new();
        client.Connect((IPEndPoint)listener.LocalEndpoint);
        using TcpClient server = listener.AcceptTcpClient();
        using (BpfLink link = loaded.Program("count").AttachSockMap(map))
        {
            Assert.Equal(ThisKernel.Version >= new KernelVersion(6, 10), link.IsKernelLink);
            if (link.IsKernelLink) Assert.Equal(BpfLinkType.SockMap, link.Info.Type);
            map.Set(0, client.Client.SafeHandle);
            client.GetStream().Write("hello"u8);
            Assert.Equal(5, server.GetStream().ReadAtLeast(new byte[5], 5));
            Assert.Equal(1, Seen(loaded));
        }
    }

    [KernelFact]
    public void ReuseportProgramChoosesForEachPacket()
    {
        using BpfObject loaded = Counter("sk_reuseport", verdict: 1).Load();
        using Socket receiver = MapKindTests.Reuseport();
        using (loaded.Program("count").AttachSocket(receiver.SafeHandle))
        {
            using UdpClient sender = new();
            sender.Connect((IPEndPoint)receiver.LocalEndPoint!);
            sender.Send([1]);
            Assert.Equal(1, receiver.Receive(new byte[8]));
            Assert.Equal(1, Seen(loaded));
        }
    }

    [KernelFact(Minimum = "5.7", Needs = KernelNeeds.CgroupBpf)]
    public void PacketsOfAControlGroupAreSeenAndTheLinkIsPinnedOpenedAndDetached()
    {
        using KernelSandbox sandbox = new();
        Cgroup group = sandbox.AddCgroup();
        string pin = Path.Combine(sandbox.MountBpffs(), "link");
        using BpfObject loaded = Counter("cgroup_skb/egress", verdict: 1).Load();
        using (BpfLink link = loaded.Program("count").AttachCgroup(group.Path)) link.Pin(pin);
        group.Run(SendToSelf);
        Assert.True(Seen(loaded) > 0);
        using (BpfLink again = BpfLink.OpenPinned(pin))
        {
            using BpfObject other = Counter("cgroup_skb/egress", verdict: 1).Load();
            again.Update(other.Program("count"));
            int before = Seen(loaded);
            group.Run(SendToSelf);
            Assert.True(Seen(other) > 0);
            Assert.Equal(before, Seen(loaded));
        }

        File.Delete(pin);
    }

    [KernelFact(Minimum = "5.9", Needs = KernelNeeds.NetworkNamespaces)]
    public void LinkThatIsDetachedStaysToBeAsked()
    {
        using KernelSandbox sandbox = new();
        NetworkNamespace space = sandbox.AddNetworkNamespace();
        using BpfObject loaded = Counter("flow_dissector", verdict: 0).Load();
        using BpfLink link = loaded.Program("count").AttachNetworkNamespace(space.Path);
        Assert.Equal(BpfLinkType.NetworkNamespace, link.Info.Type);
        // There is one dissector a namespace: a second one is refused until the first is detached.
        Assert.Throws<BpfException>(() => loaded.Program("count").AttachNetworkNamespace(space.Path).Dispose());
        link.Detach();
        Assert.Equal(BpfLinkType.NetworkNamespace, link.Info.Type);
        loaded.Program("count").AttachNetworkNamespace(space.Path).Dispose();
    }

    private static void Send(NetworkNamespace space, string address) => space.Run(() =>
    {
        using UdpClient sender = new(AddressFamily.InterNetwork);
        sender.Send([1, 2, 3], new IPEndPoint(IPAddress.Parse(address), 9));
    });

    private static void SendToSelf()
    {
        using Socket receiver = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        receiver.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        receiver.SendTo([1], receiver.LocalEndPoint!);
        Assert.Equal(1, receiver.Receive(new byte[8]));
    }

    private static int Seen(BpfObject loaded) => (int)loaded.ReadGlobal<long>(".bss", 0);

    private static BpfOpenObject Counter(string section, int verdict) => CodeBuilder.Open(
        [new CodeBuilder().LoadData(1, ".bss", 0).Move(2, 1).AtomicAdd64(1, 0, 2).Return(verdict).Function("count", section)],
        data: [new() { Name = ".bss", Content = [.. new byte[8]] }]);
}
