using System.Net;
using System.Net.Sockets;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>The hooks of netfilter: who sends, who receives and who forwards a packet sees it at other ones.</summary>
public class NetfilterTests
{
    private const int Packets = 3, Accept = 1, Drop = 0, Port = 4242;
    private const string Local = "10.0.0.2", Beyond = "10.1.0.9";

    [KernelTheory(Minimum = "6.4", Needs = KernelNeeds.Netfilter | KernelNeeds.Veth)]
    // Left sends, and right receives or forwards.
    [InlineData(BpfNetfilterPoint.PreRouting, Local, 0, Packets)]
    [InlineData(BpfNetfilterPoint.LocalIn, Local, 0, Packets)]
    [InlineData(BpfNetfilterPoint.Forward, Local, 0, 0)]
    [InlineData(BpfNetfilterPoint.LocalOut, Local, Packets, 0)]
    [InlineData(BpfNetfilterPoint.PostRouting, Local, Packets, 0)]
    [InlineData(BpfNetfilterPoint.PreRouting, Beyond, 0, Packets)]
    [InlineData(BpfNetfilterPoint.LocalIn, Beyond, 0, 0)]
    [InlineData(BpfNetfilterPoint.Forward, Beyond, 0, Packets)]
    [InlineData(BpfNetfilterPoint.LocalOut, Beyond, Packets, 0)]
    [InlineData(BpfNetfilterPoint.PostRouting, Beyond, Packets, Packets)]
    public void HookSeesThePacketsThatPassIt(BpfNetfilterPoint point, string target, int left, int right)
    {
        using KernelSandbox sandbox = new();
        (VethEnd sender, VethEnd receiver) = sandbox.AddVethPair();
        AddNetworkBeyond(sender.Namespace, receiver.Namespace);
        using BpfObject atLeft = Counter(Accept).Load(), atRight = Counter(Accept).Load();
        // Somebody listens, so that nobody is told that nobody does.
        using Socket arrived = receiver.Namespace.Run(BindMarker), socket = receiver.Namespace.Run(Bind);
        using (BpfLink leftLink = sender.Namespace.Run(() => Attach(atLeft, point)))
        using (BpfLink rightLink = receiver.Namespace.Run(() => Attach(atRight, point)))
        {
            Send(sender.Namespace, arrived, target);
            Assert.Equal((left, right), (Seen(atLeft), Seen(atRight)));
        }

        Send(sender.Namespace, arrived, target);
        Assert.Equal((left, right), (Seen(atLeft), Seen(atRight)));
    }

    [KernelFact(Minimum = "6.4", Needs = KernelNeeds.Netfilter | KernelNeeds.Veth)]
    public void PacketThatIsDroppedIsNotSentAndNotReceived()
    {
        using KernelSandbox sandbox = new();
        (VethEnd sender, VethEnd receiver) = sandbox.AddVethPair();
        using BpfObject loaded = Counter(Drop).Load();
        using Socket arrived = receiver.Namespace.Run(BindMarker), socket = receiver.Namespace.Run(Bind);
        // The sender is told at once; nobody is told of what comes and is dropped.
        using (sender.Namespace.Run(() => Attach(loaded, BpfNetfilterPoint.LocalOut)))
            Assert.Equal(SocketError.AccessDenied, Assert.Throws<SocketException>(() => Send(sender.Namespace, arrived, Local)).SocketErrorCode);
        Assert.Equal(1, Seen(loaded));
        using (receiver.Namespace.Run(() => Attach(loaded, BpfNetfilterPoint.PreRouting))) Send(sender.Namespace, arrived, Local);
        Assert.Equal((1 + Packets, 0), (Seen(loaded), socket.Available));
        Send(sender.Namespace, arrived, Local);
        for (int i = 0; i < Packets; i++) Assert.Equal(1, socket.Receive(new byte[8]));
    }

    private static BpfLink Attach(BpfObject loaded, BpfNetfilterPoint point) =>
        loaded.Program("count").AttachNetfilter(new(BpfNetfilterFamily.IPv4, point, Priority: 10));

    private static BpfOpenObject Counter(int verdict) => CodeBuilder.Open(
        [new CodeBuilder().LoadData(1, ".bss", 0).Move(2, 1).AtomicAdd64(1, 0, 2).Return(verdict).Function("count", "netfilter")],
        data: [new() { Name = ".bss", Content = [.. new byte[8]], Variables = [new("seen", 0, 8)] }]);

    private static int Seen(BpfObject loaded) => (int)loaded.ReadGlobal<long>(".bss", 0);

    /// <summary>A network behind the receiver, which forwards.</summary>
    private static void AddNetworkBeyond(NetworkNamespace sender, NetworkNamespace receiver)
    {
        receiver.Ip("link", "add", "out", "type", "veth", "peer", "name", "sink");
        receiver.Ip("addr", "add", "10.1.0.1/24", "dev", "out");
        receiver.Ip("link", "set", "out", "up");
        receiver.Ip("link", "set", "sink", "up");
        receiver.Ip("neigh", "add", Beyond, "lladdr", "02:00:00:00:00:09", "dev", "out");
        receiver.Run(static () => File.WriteAllText("/proc/sys/net/ipv4/ip_forward", "1"));
        sender.Ip("route", "add", "10.1.0.0/24", "via", Local);
    }

    private static Socket Bind()
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Any, Port));
        return socket;
    }

    private static Socket BindMarker()
    {
        Socket socket = new(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.IPv6Any, Port));
        return socket;
    }

    /// <summary>Sends the packets and waits until they have come: until what was sent behind them, in another family, has.</summary>
    private static void Send(NetworkNamespace space, Socket arrived, string target)
    {
        space.Run(() =>
        {
            // One queue of the device, so that they stay in order.
            using Oracle.Running.PinnedThread pinned = new();
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            for (int i = 0; i < Packets; i++) socket.SendTo([1], new IPEndPoint(IPAddress.Parse(target), Port));
            using Socket marker = new(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp);
            marker.SendTo([2], new IPEndPoint(IPAddress.Parse("fd00::2"), Port));
        });
        Assert.Equal(1, arrived.Receive(new byte[8]));
    }
}
