using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using BpfSharp.Kernel;
using BpfSharp.KernelTests.Raw;
using Microsoft.Win32.SafeHandles;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>XDP programs that send packets elsewhere, seen where they arrive. From 5.8 to 5.14 generic XDP refuses programs with maps whose entries can have a program.</summary>
public sealed class RedirectTests : IDisposable
{
    private const int Packets = 10;

    public RedirectTests() => Clear();

    public void Dispose() => Clear();

    [KernelFact(Minimum = "5.15", Needs = KernelNeeds.Veth | KernelNeeds.XdpLink)]
    public void PacketsArriveBehindThePort()
    {
        using RedirectPrograms programs = RedirectPrograms.Open(o => (o.Globals.Key, o.Globals.Fallback) = (2, XdpAction.Pass)).Load();
        Check(programs, programs.Programs.ToPort, target => programs.Maps.Ports.Set(2, target), () => programs.Maps.Ports.Remove(2));
    }

    [KernelFact(Minimum = "5.15", Needs = KernelNeeds.Veth | KernelNeeds.XdpLink)]
    public void PacketsArriveBehindTheInterface()
    {
        using RedirectPrograms programs = RedirectPrograms.Open(o => (o.Globals.Key, o.Globals.Fallback) = (1_000_000, XdpAction.Pass)).Load();
        Check(programs, programs.Programs.ToInterface, target => programs.Maps.Interfaces.Set(1_000_000, target), () => programs.Maps.Interfaces.Remove(1_000_000));
    }

    [KernelFact(Minimum = "5.15", Needs = KernelNeeds.Veth | KernelNeeds.XdpLink)]
    public void TheEntrysProgramHasThemOnTheWay()
    {
        using KernelSandbox sandbox = new();
        Route route = new(sandbox);
        using RedirectPrograms programs = RedirectPrograms.Load();
        // An interface's index is one of the thread's namespace.
        route.InMiddle(() => programs.Maps.Ports.Set(0, route.Out.Index, programs.Programs.OnTheWay));
        using BpfLink link = route.Attach(programs.Programs.ToPort);
        Assert.Equal((0, Packets), route.Send(Packets));
        Assert.Equal(((ulong)Packets, (ulong)Packets), (programs.Globals.Redirected, programs.Globals.PassedBy));
    }

    [KernelFact(Minimum = "5.15", Needs = KernelNeeds.Veth | KernelNeeds.XdpLink)]
    public void EveryPortGetsACopy()
    {
        using KernelSandbox sandbox = new();
        Route route = new(sandbox);
        using RedirectPrograms programs = RedirectPrograms.Open(o => o.Globals.Key = 1).Load();
        // The packets' own interface is in the map and left out.
        route.InMiddle(() => programs.Maps.Ports.Set(0, route.Out.Index));
        route.InMiddle(() => programs.Maps.Ports.Set(1, route.Near.Index));
        Assert.Equal(XdpAction.Redirect, Run(programs.Programs.ToAll, Udp()));
        programs.Globals.Redirected = 0;
        using BpfLink link = route.Attach(programs.Programs.ToAll);
        Assert.Equal((0, Packets), route.Send(Packets));
        Assert.Equal((ulong)Packets, programs.Globals.Redirected);
    }

    [KernelFact(Minimum = "5.15", Needs = KernelNeeds.Veth | KernelNeeds.XdpLink)]
    public void PacketsGoOnOnTheProcessor()
    {
        using KernelSandbox sandbox = new();
        Route route = new(sandbox);
        using RedirectPrograms programs = RedirectPrograms.Load();
        programs.Maps.Processors.Set(0, 192);
        using BpfLink link = route.Attach(programs.Programs.ToProcessor);
        // The stack that they go on to is the same one.
        Assert.Equal((Packets, 0), route.Send(Packets));
        Assert.Equal((ulong)Packets, programs.Globals.Redirected);
    }

    [KernelFact(Minimum = "5.8")]
    public void AsInDotNet()
    {
        byte[] packet = Udp();
        using RedirectPrograms programs = RedirectPrograms.Load();
        foreach (uint key in (uint[])[0, 1, 3, 4, uint.MaxValue])
        {
            foreach (XdpAction fallback in (XdpAction[])[XdpAction.Aborted, XdpAction.Drop, XdpAction.Pass, XdpAction.Tx])
            {
                // The loopback device has index 1 everywhere.
                programs.Maps.Ports.Set(1, 1);
                RedirectPrograms.Ports.Set(1, 1);
                (RedirectPrograms.key, RedirectPrograms.fallback) = (programs.Globals.Key, programs.Globals.Fallback) = (key, fallback);
                XdpAction expected = key == 1 ? XdpAction.Redirect : fallback;
                Assert.Equal(expected, Run(programs.Programs.ToPort, packet));
                Assert.Equal(expected, RedirectPrograms.ToPort(new XdpContext(packet)));
                Assert.Equal(key == 1 ? [1u] : [], KernelSimulation.Current.RedirectTargets);
                Assert.Equal(fallback, Run(programs.Programs.ToInterface, packet));
                Assert.Equal(fallback, RedirectPrograms.ToInterface(new XdpContext(packet)));
                Assert.Equal(XdpAction.Aborted, Run(programs.Programs.ToProcessor, packet));
                Assert.Equal(XdpAction.Aborted, RedirectPrograms.ToProcessor(new XdpContext(packet)));
            }
        }

        Assert.Equal(4ul, programs.Globals.Redirected);
        Assert.Equal(RedirectPrograms.redirected, programs.Globals.Redirected);
    }

    [KernelFact(Minimum = "5.8", Needs = KernelNeeds.XskSockets)]
    public void SocketsOfTheQueue()
    {
        byte[] packet = new byte[64];
        using RedirectPrograms programs = RedirectPrograms.Load();
        Assert.Equal(XdpAction.Drop, Run(programs.Programs.ToSocket, packet));
        Assert.Equal(XdpAction.Drop, RedirectPrograms.ToSocket(new XdpContext(packet)));
        using (SafeFileHandle socket = Libc.OpenSocket(44 /* AF_XDP */, 3 /* SOCK_RAW */))
        {
            Assert.True(programs.Maps.Sockets.Set(0, socket));
            RedirectPrograms.Sockets.Set(0, 7);
            Assert.Equal(XdpAction.Redirect, Run(programs.Programs.ToSocket, packet));
            Assert.Equal(XdpAction.Redirect, RedirectPrograms.ToSocket(new XdpContext(packet)));
            Assert.Equal([7u], KernelSimulation.Current.RedirectTargets);
        }

        Assert.True(programs.Maps.Sockets.Remove(0));
        Assert.Equal(XdpAction.Drop, Run(programs.Programs.ToSocket, packet));
    }

    /// <summary>Without an entry packets stay here, with one they are behind the port.</summary>
    private static void Check(RedirectPrograms programs, BpfProgram redirect, Action<int> set, Func<bool> remove)
    {
        using KernelSandbox sandbox = new();
        Route route = new(sandbox);
        using BpfLink link = route.Attach(redirect);
        Assert.Equal((Packets, 0), route.Send(Packets));
        route.InMiddle(() => set(route.Out.Index));
        Assert.Equal((0, Packets), route.Send(Packets));
        Assert.Equal((ulong)Packets, programs.Globals.Redirected);
        Assert.True(remove());
        Assert.Equal((Packets, 0), route.Send(Packets));
    }

    private static byte[] Udp()
    {
        byte[] packet = new byte[64];
        (packet[12], packet[13], packet[14], packet[23]) = (8, 0, 0x45, 17);
        return packet;
    }

    private static XdpAction Run(BpfProgram program, byte[] packet) => (XdpAction)program.TestRun(packet, new byte[256], [], out _).ReturnValue;

    private static void Clear()
    {
        (RedirectPrograms.key, RedirectPrograms.fallback, RedirectPrograms.redirected, RedirectPrograms.passedBy) = (0, default, 0, 0);
        RedirectPrograms.Ports.Clear();
        RedirectPrograms.Interfaces.Clear();
        RedirectPrograms.Processors.Clear();
        RedirectPrograms.Sockets.Clear();
        KernelSimulation.Current = new KernelSimulation();
    }

    /// <summary>
    /// A sender, a middle with two devices, and a place behind it that has the middle's addresses: whatever is sent to the middle's address is
    /// received where it arrives, in the middle or behind it.
    /// </summary>
    private sealed class Route
    {
        private const int Port = 4711;
        private readonly VethEnd _sender;

        public Route(KernelSandbox sandbox)
        {
            (_sender, Near) = sandbox.AddVethPair();
            NetworkNamespace middle = Near.Namespace, behind = sandbox.AddNetworkNamespace();
            middle.Ip("link", "add", "out", "type", "veth", "peer", "name", "far", "netns", behind.Name);
            string hardware = middle.Ip("-o", "link", "show", "dev", Near.Name).Split("link/ether ")[1].Split(' ')[0];
            behind.Ip("link", "set", "far", "address", hardware);
            behind.Ip("addr", "add", $"{Near.Address}/24", "dev", "far");
            middle.Ip("link", "set", "out", "up");
            behind.Ip("link", "set", "far", "up");
            Out = new VethEnd(middle, "out", "");
            Far = new VethEnd(behind, "far", Near.Address);
        }

        public VethEnd Near { get; }

        public VethEnd Out { get; }

        private VethEnd Far { get; }

        public void InMiddle(Action action) => Near.Namespace.Run(action);

        public BpfLink Attach(BpfProgram program) => Near.Namespace.Run(() => program.AttachXdp(Near.Name, BpfXdpMode.Generic));

        /// <summary>Sends packets one after the other, each until it has arrived; how many did in the middle and behind it.</summary>
        public (int Middle, int Behind) Send(int count)
        {
            IPEndPoint target = new(IPAddress.Parse(Near.Address), Port);
            using Socket middle = Near.Namespace.Run(Receiver), behind = Far.Namespace.Run(Receiver);
            using UdpClient sender = _sender.Namespace.Run(() => new UdpClient());
            int inMiddle = 0, isBehind = 0;
            for (int i = 0; i < count; i++)
            {
                sender.Send([(byte)i], target);
                List<Socket> ready = [middle, behind];
                Socket.Select(ready, null, null, TimeSpan.FromSeconds(30));
                Assert.True(ready.Count == 1, $"packet {i + 1} of {count} has come to {ready.Count} of the two places in 30 seconds");
                byte[] received = new byte[10];
                Assert.Equal(1, ready[0].Receive(received));
                Assert.Equal(i, received[0]);
                if (ready[0] == middle) inMiddle++;
                else isBehind++;
            }

            return (inMiddle, isBehind);

            Socket Receiver()
            {
                Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
                socket.Bind(target);
                return socket;
            }
        }
    }
}
