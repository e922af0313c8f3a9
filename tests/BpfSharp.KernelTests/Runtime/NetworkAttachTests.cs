using System.Net;
using System.Net.Sockets;
using BpfSharp.Links;
using BpfSharp.Objects;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>Programs on network hooks, each seen to run by traffic between two namespaces or through a control group.</summary>
public class NetworkAttachTests
{
    private const int Packets = 25;

    [KernelFact(Minimum = "5.9", Needs = KernelNeeds.Veth)]
    public void XdpLinkCountsThePacketsThatArrive()
    {
        using KernelSandbox sandbox = new();
        (VethEnd left, VethEnd right) = sandbox.AddVethPair();
        using BpfObject loaded = Counter("xdp", verdict: 2).Load();
        using (BpfLink link = right.Namespace.Run(() => loaded.Program("count").AttachXdp("right", BpfXdpMode.Generic)))
        {
            Assert.Equal(BpfLinkType.Xdp, link.Info.Type);
            Send(left, right);
            using BpfObject other = Counter("xdp", verdict: 2).Load();
            link.Update(other.Program("count"));
            Send(left, right);
            Assert.Equal((Packets, Packets), (Seen(loaded), Seen(other)));
        }

        Send(left, right);
        Assert.Equal(Packets, Seen(loaded));
    }

    [KernelFact(Needs = KernelNeeds.Veth | KernelNeeds.Clsact)]
    public void TcProgramRunsAsTheKernelCan()
    {
        using KernelSandbox sandbox = new();
        (VethEnd left, VethEnd right) = sandbox.AddVethPair();
        using BpfObject loaded = Counter("tc", verdict: 0).Load();
        using (BpfLink link = right.Namespace.Run(() => loaded.Program("count").AttachTc("right", AttachType.TcxIngress)))
        {
            // A filter of the clsact discipline before.
            Assert.Equal(ThisKernel.Version >= new KernelVersion(6, 6), link.IsKernelLink);
            Send(left, right);
        }

        Assert.Equal(Packets, Seen(loaded));
        Send(left, right);
        Assert.Equal(Packets, Seen(loaded));
    }

    [KernelFact(Needs = KernelNeeds.Veth | KernelNeeds.Clsact)]
    public void ClsactFilterIsRemovedWithItsDiscipline()
    {
        using KernelSandbox sandbox = new();
        (VethEnd left, VethEnd right) = sandbox.AddVethPair();
        using BpfObject loaded = Counter("tc", verdict: 0).Load();
        BpfProgram program = loaded.Program("count");
        // Attached in the namespace, detached outside of it.
        using (BpfLink first = Attach())
        {
            BpfLink second = Attach();
            Assert.Equal(2, Occurrences(left.Namespace.Tc("filter", "show", "dev", "left", "egress"), "direct-action"));
            second.Dispose();
            Assert.Equal(1, Occurrences(left.Namespace.Tc("filter", "show", "dev", "left", "egress"), "direct-action"));
            Assert.False(first.IsKernelLink);
            Assert.Throws<NotSupportedException>(() => first.Info);
            Send(left, right);
            Assert.Equal(Packets, Seen(loaded));
        }

        Send(left, right);
        Assert.Equal(Packets, Seen(loaded));
        Assert.DoesNotContain("clsact", left.Namespace.Tc("qdisc", "show", "dev", "left"), StringComparison.Ordinal);

        BpfLink Attach() => left.Namespace.Run(() => TrafficControl.Attach(program, "left", left.Index, AttachType.TcxEgress));
    }

    [KernelFact(Minimum = "5.7", Needs = KernelNeeds.CgroupBpf)]
    public void CgroupProgramRefusesToConnect()
    {
        using KernelSandbox sandbox = new();
        Cgroup group = sandbox.AddCgroup();
        using BpfObject loaded = CodeBuilder.Open([new CodeBuilder().Return(0).Function("deny", "cgroup/connect4")]).Load();
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        using (loaded.Program("deny").AttachCgroup(group.Path))
            group.Run(() => Assert.Equal(SocketError.AccessDenied, Assert.Throws<SocketException>(() => Connect(listener)).SocketErrorCode));
        group.Run(() => Connect(listener));
        Assert.Contains("no-such-group", Assert.Throws<BpfException>(() => loaded.Program("deny").AttachCgroup("/sys/fs/cgroup/no-such-group")).Message, StringComparison.Ordinal);
    }

    [KernelFact]
    public void SocketFilterDropsWhatItReturnsZeroFor()
    {
        using BpfObject loaded = Counter("socket", verdict: 0).Load();
        using UdpClient receiver = new(new IPEndPoint(IPAddress.Loopback, 0)), sender = new();
        sender.Connect((IPEndPoint)receiver.Client.LocalEndPoint!);
        using (loaded.Program("count").AttachSocket(receiver.Client.SafeHandle)) sender.Send([1]);
        sender.Send([2]);
        IPEndPoint? from = null;
        Assert.Equal([2], receiver.Receive(ref from));
        Assert.Equal(1, Seen(loaded));
    }

    [KernelFact(Minimum = "5.9", Needs = KernelNeeds.NetworkNamespaces)]
    public void LookupProgramBelongsToItsNamespace()
    {
        using KernelSandbox sandbox = new();
        NetworkNamespace space = sandbox.AddNetworkNamespace();
        using BpfObject loaded = Counter("sk_lookup", verdict: 0).Load();
        using (BpfLink link = loaded.Program("count").AttachNetworkNamespace(space.Path))
        {
            Assert.Equal(BpfLinkType.NetworkNamespace, link.Info.Type);
            // SK_DROP: nobody listens any more, as far as this namespace can see.
            space.Run(() =>
            {
                using TcpListener listener = new(IPAddress.Loopback, 0);
                listener.Start();
                Assert.Equal(SocketError.ConnectionRefused, Assert.Throws<SocketException>(() => Connect(listener)).SocketErrorCode);
            });
        }

        Assert.True(Seen(loaded) > 0);
    }

    private static void Connect(TcpListener listener)
    {
        // A dual-mode socket would be one of IPv6 to the hook.
        using TcpClient client = new(AddressFamily.InterNetwork);
        client.Connect((IPEndPoint)listener.LocalEndpoint);
    }

    private static int Occurrences(string text, string word) => text.Split(word).Length - 1;

    /// <summary>Sends UDP packets from left to right, and waits until they have arrived.</summary>
    private static void Send(VethEnd left, VethEnd right)
    {
        using UdpClient receiver = right.Namespace.Run(() => new UdpClient(new IPEndPoint(IPAddress.Parse(right.Address), 0)));
        using UdpClient sender = left.Namespace.Run(() => new UdpClient());
        sender.Connect((IPEndPoint)receiver.Client.LocalEndPoint!);
        IPEndPoint? from = null;
        for (int i = 0; i < Packets; i++)
        {
            sender.Send(new byte[Size]);
            receiver.Receive(ref from);
        }
    }

    // A payload that nothing else sends makes a packet of this length: 14 + 20 + 8 + 777.
    private const int Size = 777, Length = 14 + 20 + 8 + Size;

    private static int Seen(BpfObject loaded) => (int)loaded.ReadGlobal<long>(".bss", 0);

    /// <summary>Counts the test's packets by their length, where the context has one; sk_lookup and the like count every run.</summary>
    private static BpfOpenObject Counter(string section, int verdict)
    {
        CodeBuilder code = new();
        // xdp_md: data_end - data. __sk_buff: len, which in tc counts from the Ethernet header.
        if (section == "xdp") code.Load32(2, 1, 0).Load32(3, 1, 4).SubtractRegister(3, 2).JumpIfNotEqual(3, Length, 4);
        if (section == "tc") code.Load32(3, 1, 0).JumpIfNotEqual(3, Length, 4);
        code.LoadData(1, ".bss", 0).Move(2, 1).AtomicAdd64(1, 0, 2).Return(verdict);
        return CodeBuilder.Open([code.Function("count", section)], data: [new() { Name = ".bss", Content = [.. new byte[8]] }]);
    }
}
