using System.Net;
using System.Net.Sockets;
using BpfSharp.Kernel;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>Programs that lead data from one socket to another, with real connections over the loopback device.</summary>
public sealed class SocketTests : IDisposable
{
    private const uint InterNetwork = 2, InterNetworkV6 = 10;

    public SocketTests() => Clear();

    public void Dispose() => Clear();

    [KernelFact(Needs = KernelNeeds.SockMap)]
    public void MessagesAreReceivedByTheOtherSocket()
    {
        using SocketPrograms programs = SocketPrograms.Open(o => o.Globals.Key = 1).Load();
        using Connection first = new(), second = new();
        using (programs.Programs.Send.AttachSockMap(programs.Maps.Peers))
        {
            Assert.True(programs.Maps.Peers.Set(0, first.Client.SafeHandle));
            Assert.True(programs.Maps.Peers.Set(1, second.Client.SafeHandle));
            first.Client.Send([1, 2, 3]);
            Assert.Equal([0x81, 2, 3], second.Client.Take(3));
            // No socket at this index: the sender is told.
            programs.Globals.Key = 3;
            Assert.Equal(SocketError.AccessDenied, Assert.Throws<SocketException>(() => first.Client.Send([4])).SocketErrorCode);
            Assert.Equal(0, first.Server.Available);
            Assert.Equal(4ul, programs.Globals.Bytes);
            // A socket has the program for as long as it is in the map.
            Assert.True(programs.Maps.Peers.Remove(0));
            first.Client.Send([5]);
            Assert.Equal([5], first.Server.Take(1));
        }

        // Of what comes into the map without a program no program hears.
        Assert.True(programs.Maps.Peers.Set(0, first.Client.SafeHandle));
        first.Client.Send([6]);
        Assert.Equal([6], first.Server.Take(1));
        Assert.Equal(4ul, programs.Globals.Bytes);
    }

    [KernelFact(Needs = KernelNeeds.SockMap)]
    public void MessagesAreReceivedByTheSocketOfThePort()
    {
        using SocketPrograms programs = SocketPrograms.Load();
        using Connection first = new(), second = new();
        using BpfLink link = programs.Programs.SendByPort.AttachSockMap(programs.Maps.ByPort);
        Assert.True(programs.Maps.ByPort.Set(0, first.Client.SafeHandle));
        Assert.True(programs.Maps.ByPort.Set(first.ClientPort, second.Client.SafeHandle));
        first.Client.Send([1, 2, 3]);
        Assert.Equal([1, 2, 3], second.Client.Take(3));
        Assert.Equal(3ul, programs.Globals.Bytes);
        Assert.Equal(Seen(first.ServerPort, first.ClientPort), programs.Globals.Seen);
    }

    [KernelFact(Needs = KernelNeeds.SockMap)]
    public void MessagesAreSentByTheSocketOfThePort()
    {
        using SocketPrograms programs = SocketPrograms.Load();
        using Connection first = new(), second = new();
        using BpfLink link = programs.Programs.PassOn.AttachSockMap(programs.Maps.ByPort);
        Assert.True(programs.Maps.ByPort.Set(0, first.Client.SafeHandle));
        Assert.True(programs.Maps.ByPort.Set(first.ClientPort, second.Client.SafeHandle));
        first.Client.Send([1, 2, 3]);
        Assert.Equal([1, 2, 3], second.Server.Take(3));
    }

    [KernelFact(Minimum = "5.10", Needs = KernelNeeds.SockMap)]
    public void ReceivedDataIsSentOn()
    {
        using SocketPrograms programs = SocketPrograms.Open(o => o.Globals.Key = 1).Load();
        using Connection first = new(), second = new();
        using BpfLink link = programs.Programs.Forward.AttachSockMap(programs.Maps.Peers);
        Assert.True(programs.Maps.Peers.Set(0, first.Server.SafeHandle));
        Assert.True(programs.Maps.Peers.Set(1, second.Client.SafeHandle));
        // To the first server, which as the second client sends it to the second server.
        first.Client.Send([1, 2, 3]);
        Assert.Equal([1, 2, 3], second.Server.Take(3));
        Assert.Equal((3ul, (byte)3), (programs.Globals.Bytes, programs.Globals.First));
    }

    [KernelFact(Minimum = "5.10", Needs = KernelNeeds.SockMap)]
    public void ReceivedDataIsSentOnByThePort()
    {
        using SocketPrograms programs = SocketPrograms.Load();
        using Connection first = new(), second = new();
        using BpfLink link = programs.Programs.ForwardByPort.AttachSockMap(programs.Maps.ByPort);
        Assert.True(programs.Maps.ByPort.Set(0, first.Server.SafeHandle));
        Assert.True(programs.Maps.ByPort.Set(first.ServerPort, second.Client.SafeHandle));
        first.Client.Send([1, 2, 3]);
        Assert.Equal([1, 2, 3], second.Server.Take(3));
        Assert.Equal(3ul, programs.Globals.Bytes);
        Assert.Equal(Seen(first.ClientPort, first.ServerPort), programs.Globals.Seen);
    }

    [KernelFact(Minimum = "5.10", Needs = KernelNeeds.SockMap)]
    public void ReceivedDataIsReceivedByTheSocketOfThePort()
    {
        using SocketPrograms programs = SocketPrograms.Load();
        using Connection first = new(), second = new();
        using BpfLink link = programs.Programs.Deliver.AttachSockMap(programs.Maps.ByPort);
        Assert.True(programs.Maps.ByPort.Set(0, first.Server.SafeHandle));
        Assert.True(programs.Maps.ByPort.Set(first.ServerPort, second.Client.SafeHandle));
        first.Client.Send([1, 2, 3]);
        Assert.Equal([1, 2, 3], second.Client.Take(3));
    }

    [KernelTheory(Minimum = "5.7", Needs = KernelNeeds.SockMap | KernelNeeds.CgroupBpf)]
    [InlineData(false)]
    [InlineData(true)]
    public void ConnectionsComeIntoTheMap(bool isV6)
    {
        using KernelSandbox sandbox = new();
        Cgroup group = sandbox.AddCgroup();
        using SocketPrograms programs = SocketPrograms.Open(o => o.Globals.Key = 2).Load();
        using BpfLink link = programs.Programs.Established.AttachCgroup(group.Path);
        using BpfLink send = programs.Programs.Send.AttachSockMap(programs.Maps.Peers);
        Connection? made = null;
        group.Run(() => made = new Connection(isV6 ? IPAddress.IPv6Loopback : IPAddress.Loopback));
        using Connection connection = made!;
        Assert.Equal(1111ul, programs.Globals.Bytes);
        // What it sends comes back to it, as it is the socket at index 2.
        connection.Client.Send([1, 2]);
        Assert.Equal([0x81, 2], connection.Client.Take(2));
        SocketPrograms.Flow flow = new() { RemotePort = connection.ServerPort, LocalPort = connection.ClientPort, Family = isV6 ? InterNetworkV6 : InterNetwork };
        if (isV6) flow.Remote6 = flow.Local6 = IPv6Address.Parse("::1");
        else flow.Remote = flow.Local = new IPv4Address(127, 0, 0, 1);
        Assert.True(programs.Maps.Flows.Remove(flow));
        Assert.False(programs.Maps.Flows.Remove(flow));
        Assert.True(programs.Maps.ByPort.Remove(connection.ClientPort));
        Assert.True(programs.Maps.Peers.Remove(2));
        Assert.False(programs.Maps.Peers.Remove(2));
    }

    [KernelFact(Minimum = "5.7", Needs = KernelNeeds.SockMap | KernelNeeds.CgroupBpf)]
    public void BothEndsTalkDirectlyWhileBothAreInTheMap()
    {
        using KernelSandbox sandbox = new();
        Cgroup group = sandbox.AddCgroup();
        using SocketPrograms programs = SocketPrograms.Load();
        using BpfLink send = programs.Programs.ToOtherEnd.AttachSockMap(programs.Maps.Flows);
        using BpfLink link = programs.Programs.BothEnds.AttachCgroup(group.Path);
        Connection? made = null;
        group.Run(() => made = new Connection());
        using Connection connection = made!;
        connection.Client.Send([1, 2]);
        Assert.Equal([1, 2], connection.Server.Take(2));
        connection.Server.Send([3, 4, 5]);
        Assert.Equal([3, 4, 5], connection.Client.Take(3));
        Assert.Equal(5ul, programs.Globals.Bytes);
        // Without the server in the map the client's data go through the network.
        IPv4Address here = new(127, 0, 0, 1);
        Assert.True(programs.Maps.Flows.Remove(new() { Local = here, Remote = here, LocalPort = connection.ServerPort, RemotePort = connection.ClientPort }));
        connection.Client.Send([6]);
        Assert.Equal([6], connection.Server.Take(1));
        Assert.Equal(5ul, programs.Globals.Bytes);
    }

    [KernelFact]
    public void TheSocketThatIsChosenGetsThePacket()
    {
        using SocketPrograms programs = SocketPrograms.Load();
        using Socket first = BindShared(0), second = BindShared(((IPEndPoint)first.LocalEndPoint!).Port);
        using BpfLink link = programs.Programs.Choose.AttachSocket(first.SafeHandle);
        Assert.True(programs.Maps.Workers.Set(0, first.SafeHandle));
        Assert.True(programs.Maps.Workers.Set(1, second.SafeHandle));
        using UdpClient sender = new();
        for (byte i = 0; i < 20; i++)
        {
            programs.Globals.Key = i % 3u;
            sender.Send([i], (IPEndPoint)first.LocalEndPoint!);
        }

        // What was sent while no socket was at the index is gone.
        Assert.Equal([0, 3, 6, 9, 12, 15, 18], Enumerable.Range(0, 7).Select(_ => first.Take(1)[0]));
        Assert.Equal([1, 4, 7, 10, 13, 16, 19], Enumerable.Range(0, 7).Select(_ => second.Take(1)[0]));
        Assert.Equal((0, 0), (first.Available, second.Available));
        // The UDP header and a byte.
        Assert.Equal((IpProtocol.Udp, 9u), (programs.Globals.Protocol, programs.Globals.Length));
    }

    [KernelFact(Minimum = "5.8", Needs = KernelNeeds.SockMap | KernelNeeds.CgroupBpf)]
    public void SocketsHaveValues()
    {
        using KernelSandbox sandbox = new();
        Cgroup group = sandbox.AddCgroup();
        using SocketPrograms programs = SocketPrograms.Load();
        using BpfLink note = programs.Programs.Note.AttachCgroup(group.Path);
        using BpfLink count = programs.Programs.Count.AttachSockMap(programs.Maps.Peers);
        Connection? made = null;
        group.Run(() => made = new Connection());
        using Connection connection = made!;
        Assert.True(programs.Maps.Peers.Set(0, connection.Client.SafeHandle));
        Assert.True(programs.Maps.Peers.Set(1, connection.Server.SafeHandle));
        connection.Client.Send([1, 2, 3]);
        connection.Server.Send([4, 5]);
        Assert.Equal([1, 2, 3], connection.Server.Take(3));
        Assert.Equal([4, 5], connection.Client.Take(2));
        Assert.True(programs.Maps.Sent.TryGetValue(connection.Client.SafeHandle, out ulong sent));
        Assert.Equal(1_000_004ul, sent);
        // The other end asked for nothing.
        Assert.False(programs.Maps.Sent.TryGetValue(connection.Server.SafeHandle, out _));
    }

    [KernelFact(Minimum = "5.2", Needs = KernelNeeds.Clsact)]
    public void PacketsKnowTheirSockets()
    {
        using SocketPrograms programs = SocketPrograms.Load();
        using KernelSandbox sandbox = new();
        NetworkNamespace space = sandbox.AddNetworkNamespace();
        space.Run(() =>
        {
            space.Ip("link", "set", "lo", "up");
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            using (programs.Programs.CountPacket.AttachTc("lo", BpfSharp.Objects.Kernel.AttachType.TcxEgress))
            {
                for (int i = 0; i < 3; i++) socket.SendTo([1], socket.LocalEndPoint!);
                Assert.True(programs.Maps.Sent.TryGetValue(socket.SafeHandle, out ulong sent));
                Assert.Equal(30ul, sent);
                programs.Globals.Key = 7;
                socket.SendTo([1], socket.LocalEndPoint!);
                Assert.False(programs.Maps.Sent.TryGetValue(socket.SafeHandle, out _));
                Assert.Equal(100ul, programs.Globals.Bytes);
            }
        });
    }

    [Fact]
    public void ValuesInDotNet()
    {
        SocketPrograms.Note(new SockOpsContext(SockOperation.Connect, 77));
        SocketPrograms.Note(new SockOpsContext(SockOperation.ActiveEstablished, 77));
        SocketPrograms.Count(new SkMsgContext([1, 2, 3]) { Socket = new ContextSocket(77) });
        SocketPrograms.Count(new SkMsgContext([1, 2, 3]) { Socket = new ContextSocket(78) });
        Assert.True(SocketPrograms.Sent.TryGetRef(new ContextSocket(77), out Ref<ulong> sent));
        Assert.Equal(1_000_004ul, sent.Value);
        Assert.False(SocketPrograms.Sent.TryGetRef(new ContextSocket(78), out _));
        SocketPrograms.CountPacket(new TcContext([]));
        Assert.Equal(1ul, SocketPrograms.bytes);
        SocketPrograms.CountPacket(new TcContext([]) { Socket = new ContextSocket(77) });
        Assert.Equal(1_000_014ul, sent.Value);
        SocketPrograms.key = 7;
        SocketPrograms.CountPacket(new TcContext([]) { Socket = new ContextSocket(77) });
        Assert.Equal(101ul, SocketPrograms.bytes);
        Assert.False(SocketPrograms.Sent.TryGetRef(new ContextSocket(77), out _));
    }

    [Fact]
    public void RedirectsInDotNet()
    {
        SocketPrograms.Peers.Set(1, 77);
        SocketPrograms.ByPort.Set(4711, 78);
        byte[] data = [1, 2, 3];
        (SocketPrograms.key, uint missing) = (1, 3);
        Assert.Equal(SkAction.Pass, SocketPrograms.Send(new SkMsgContext(data)));
        Assert.Equal([77u], KernelSimulation.Current.RedirectTargets);
        Assert.Equal([0x81, 2, 3], data);
        Assert.Equal(SkAction.Pass, SocketPrograms.Forward(new SkSkbContext(data)));
        Assert.Equal((6ul, (byte)3), (SocketPrograms.bytes, SocketPrograms.first));
        SocketPrograms.key = missing;
        Assert.Equal(SkAction.Drop, SocketPrograms.Send(new SkMsgContext([])));
        Assert.Empty(KernelSimulation.Current.RedirectTargets);
        Assert.Equal(SkAction.Drop, SocketPrograms.Forward(new SkSkbContext([])));
        IPv4Address here = new(127, 0, 0, 1);
        Assert.Equal(SkAction.Pass, SocketPrograms.SendByPort(new SkMsgContext([]) { LocalPort = 4711, RemotePort = 80, LocalIPv4 = here, RemoteIPv4 = here }));
        Assert.Equal([78u], KernelSimulation.Current.RedirectTargets);
        Assert.Equal(Seen(80, 4711), SocketPrograms.seen);
        Assert.Equal(SkAction.Drop, SocketPrograms.SendByPort(new SkMsgContext([]) { LocalPort = 1 }));
        Assert.Equal(SkAction.Pass, SocketPrograms.ForwardByPort(new SkSkbContext([]) { LocalPort = 4711 }));
        Assert.Equal(SkAction.Drop, SocketPrograms.ForwardByPort(new SkSkbContext([]) { LocalPort = 1 }));
        Assert.False(SocketPrograms.Peers.Set(4, 1));
    }

    [Fact]
    public void ConnectionsInDotNet()
    {
        Assert.Equal(1, SocketPrograms.Established(new SockOpsContext(SockOperation.Connect, 77)));
        Assert.Equal(0ul, SocketPrograms.bytes);
        Assert.Equal(1, SocketPrograms.Established(new SockOpsContext(SockOperation.ActiveEstablished, 77) { LocalPort = 4711, RemotePort = 80 }));
        Assert.Equal(1111ul, SocketPrograms.bytes);
        Assert.True(SocketPrograms.Peers.Remove(2));
        Assert.True(SocketPrograms.ByPort.Remove(4711));
        Assert.True(SocketPrograms.Flows.Remove(new SocketPrograms.Flow { LocalPort = 4711, RemotePort = 80, Family = InterNetwork }));
    }

    [Fact]
    public void ChoicesInDotNet()
    {
        SocketPrograms.Workers.Set(1, 77);
        SocketPrograms.key = 1;
        Assert.Equal(SkAction.Pass, SocketPrograms.Choose(new SkReuseportContext(5) { Protocol = IpProtocol.Tcp, Length = 20 }));
        Assert.Equal((IpProtocol.Tcp, 20u), (SocketPrograms.protocol, SocketPrograms.length));
        Assert.Equal([77u], KernelSimulation.Current.RedirectTargets);
        SocketPrograms.key = 2;
        Assert.Equal(SkAction.Drop, SocketPrograms.Choose(new SkReuseportContext(5)));
    }

    private static SocketPrograms.Flow Seen(uint remotePort, uint localPort) => new()
    {
        Family = InterNetwork,
        Remote = new IPv4Address(127, 0, 0, 1),
        Local = new IPv4Address(127, 0, 0, 1),
        RemotePort = remotePort,
        LocalPort = localPort,
    };

    private static Socket BindShared(int port)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.SetRawSocketOption(1 /* SOL_SOCKET */, 15 /* SO_REUSEPORT */, [1, 0, 0, 0]);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        return socket;
    }

    private static void Clear()
    {
        SocketPrograms.Peers.Clear();
        SocketPrograms.ByPort.Clear();
        SocketPrograms.Flows.Clear();
        SocketPrograms.Workers.Clear();
        SocketPrograms.Sent.Clear();
        (SocketPrograms.key, SocketPrograms.bytes, SocketPrograms.first, SocketPrograms.seen) = (0, 0, 0, default);
        (SocketPrograms.protocol, SocketPrograms.length) = (default, 0);
        KernelSimulation.Current = new KernelSimulation();
    }
}
