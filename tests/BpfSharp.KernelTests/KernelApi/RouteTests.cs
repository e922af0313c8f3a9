using System.Net;
using System.Net.Sockets;
using BpfSharp.KernelTests.Runtime;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>Programs on routes, with packets between two network namespaces.</summary>
public class RouteTests
{
    private static readonly IPNetwork s_far = IPNetwork.Parse("10.9.0.0/24");
    private static readonly BpfSharp.Kernel.IPv4Address s_host = new(10, 9, 0, 1);

    [KernelFact(Needs = KernelNeeds.Veth)]
    public void PacketsThatAreSentAreSeenAndChanged()
    {
        using KernelSandbox sandbox = new();
        (VethEnd left, VethEnd right) = sandbox.AddVethPair();
        right.Namespace.Ip("addr", "add", "10.9.0.1/32", "dev", right.Name);
        using RoutePrograms programs = RoutePrograms.Load();
        using UdpClient receiver = right.Namespace.Run(() => new UdpClient(new IPEndPoint(IPAddress.Parse("10.9.0.1"), 0)));
        ushort port = (ushort)((IPEndPoint)receiver.Client.LocalEndPoint!).Port;
        programs.Globals.BlockedPort = 9;
        BpfRoute route = new(s_far, left.Name) { Gateway = IPAddress.Parse(right.Address), Headroom = 32 };
        using (BpfLink link = left.Namespace.Run(() => programs.Programs.Send.AttachRoute(route)))
        {
            Assert.False(link.IsKernelLink);
            // What iproute2 says of it.
            string shown = left.Namespace.Ip("route", "show", "10.9.0.0/24");
            Assert.Contains("encap bpf", shown, StringComparison.Ordinal);
            Assert.Contains("via 10.0.0.2", shown, StringComparison.Ordinal);
            left.Namespace.Run(() => Send(port - 1, [1, 2, 3]));
            Assert.Equal([1, 2, 3], receiver.Client.Take(3));
            Assert.Equal((1ul, 31ul, (uint)left.Index, s_host), (programs.Globals.Packets, programs.Globals.Bytes, programs.Globals.LastInterface, programs.Globals.Destination));
            // The sender is told that it was dropped.
            Assert.Throws<SocketException>(() => left.Namespace.Run(() => Send(9, [4])));
            Assert.Equal(2ul, programs.Globals.Packets);
            Assert.Contains("there is such a route already", Assert.Throws<BpfException>(() => left.Namespace.Run(() => programs.Programs.Send.AttachRoute(route))).Message, StringComparison.Ordinal);
        }

        Assert.Equal("", left.Namespace.Ip("route", "show", "10.9.0.0/24").Trim());
    }

    [KernelFact(Needs = KernelNeeds.Veth)]
    public void PacketsOfThisMachineAreSeenBeforeTheyAreSent()
    {
        using KernelSandbox sandbox = new();
        (VethEnd left, VethEnd right) = sandbox.AddVethPair();
        right.Namespace.Ip("addr", "add", "10.9.0.1/32", "dev", right.Name);
        using RoutePrograms programs = RoutePrograms.Load();
        using UdpClient receiver = right.Namespace.Run(() => new UdpClient(new IPEndPoint(IPAddress.Parse("10.9.0.1"), 0)));
        int port = ((IPEndPoint)receiver.Client.LocalEndPoint!).Port;
        programs.Globals.BlockedPort = 9;
        using BpfLink link = left.Namespace.Run(() => programs.Programs.Out.AttachRoute(new(s_far, left.Name) { Gateway = IPAddress.Parse(right.Address), Metric = 7 }));
        left.Namespace.Run(() => Send(port, [1, 2]));
        Assert.Equal([1, 2], receiver.Client.Take(2));
        Assert.Equal((1ul, 30ul, s_host), (programs.Globals.Packets, programs.Globals.Bytes, programs.Globals.Destination));
        // The sender is told that it was dropped.
        Assert.Throws<SocketException>(() => left.Namespace.Run(() => Send(9, [3])));
        Assert.Equal(2ul, programs.Globals.Packets);
    }

    [KernelFact(Needs = KernelNeeds.Veth)]
    public void PacketsThatComeInAreSeenBeforeTheyAreForwarded()
    {
        using KernelSandbox sandbox = new();
        (VethEnd left, VethEnd right) = sandbox.AddVethPair();
        right.Namespace.Run(() => File.WriteAllText("/proc/sys/net/ipv4/ip_forward", "1"));
        // It comes back to the left, where nobody wants it.
        left.Namespace.Ip("route", "add", "10.9.0.0/24", "via", right.Address);
        using RoutePrograms programs = RoutePrograms.Load();
        programs.Globals.BlockedPort = 9;
        using BpfLink link = right.Namespace.Run(() => programs.Programs.In.AttachRoute(new(s_far, right.Name) { Gateway = IPAddress.Parse(left.Address) }));
        long before = right.Namespace.Run(Forwarded);
        left.Namespace.Run(() => Send(8, [1, 2]));
        Assert.Equal((1ul, 30ul, (uint)right.Index, s_host), (programs.Globals.Packets, programs.Globals.Bytes, programs.Globals.LastInterface, programs.Globals.Destination));
        Assert.Equal(before + 1, right.Namespace.Run(Forwarded));
        left.Namespace.Run(() => Send(9, [1, 2]));
        Assert.Equal(2ul, programs.Globals.Packets);
        Assert.Equal(before + 1, right.Namespace.Run(Forwarded));
    }

    [KernelFact(Needs = KernelNeeds.Veth)]
    public void SegmentRoutingAndWrongRoutes()
    {
        using KernelSandbox sandbox = new();
        (VethEnd left, _) = sandbox.AddVethPair();
        using BpfObject loaded = CodeBuilder.Open([new CodeBuilder().Return(0).Function("end", "lwt_seg6local"), new CodeBuilder().Return(0).Function("filter", "socket")]).Load();
        using (left.Namespace.Run(() => loaded.Program("end").AttachRoute(new(IPNetwork.Parse("fd09::/64"), left.Name))))
        {
            Assert.Contains("seg6local action End.BPF", left.Namespace.Ip("-6", "route", "show", "fd09::/64"), StringComparison.Ordinal);
        }

        Assert.Equal("", left.Namespace.Ip("-6", "route", "show", "fd09::/64").Trim());
        Assert.Throws<InvalidOperationException>(() => loaded.Program("filter").AttachRoute(new(s_far, "lo")));
        Assert.Contains("no network interface 'no_such0'", Assert.Throws<BpfException>(() => loaded.Program("end").AttachRoute(new(s_far, "no_such0"))).Message, StringComparison.Ordinal);
        Assert.Contains("AttachRoute", Assert.Throws<InvalidOperationException>(loaded.Program("end").Attach).Message, StringComparison.Ordinal);
    }

    [KernelFact]
    public void PacketsInATestRunAndInDotNet()
    {
        using RoutePrograms programs = RoutePrograms.Load();
        programs.Globals.BlockedPort = RoutePrograms.blockedPort = 9;
        (RoutePrograms.packets, RoutePrograms.bytes) = (0, 0);
        // An Ethernet header, which programs on routes do not see, then IPv4 and UDP.
        byte[] packet = [.. new byte[12], 8, 0, 0x45, 0, 0, 30, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 9, 0, 1, 0, 1, 0, 9, 0, 10, 0, 0, 1, 2, .. new byte[20]];
        foreach (byte port in (byte[])[9, 10])
        {
            packet[37] = port;
            Assert.Equal((int)RoutePrograms.In(new(packet.AsSpan(14))), (int)programs.Programs.In.TestRun(packet).ReturnValue);
            Assert.Equal((int)RoutePrograms.Out(new(packet.AsSpan(14))), (int)programs.Programs.Out.TestRun(packet).ReturnValue);
            byte[] changed = [.. packet];
            Assert.Equal((int)RoutePrograms.Send(new(changed.AsSpan(14))), (int)programs.Programs.Send.TestRun(packet).ReturnValue);
        }

        Assert.Equal((RoutePrograms.packets, RoutePrograms.bytes, RoutePrograms.destination), (programs.Globals.Packets, programs.Globals.Bytes, programs.Globals.Destination));
    }

    [KernelFact]
    public void DeviceThatIsNotInfraredIsRefused()
    {
        // The kernels of the matrix have no infrared, so its program type does not load; the device is asked first.
        using BpfObject loaded = CodeBuilder.Open([new CodeBuilder().Return(0).Function("filter", "socket")]).Load();
        Assert.Contains("/dev/null", Assert.Throws<BpfException>(() => loaded.Program("filter").AttachLirc("/dev/null")).Message, StringComparison.Ordinal);
        Assert.Equal("ENOENT", Assert.Throws<BpfException>(() => loaded.Program("filter").AttachLirc("/dev/lirc99")).ErrorName);
    }

    private static void Send(int port, byte[] payload)
    {
        using UdpClient sender = new();
        sender.Send(payload, new IPEndPoint(IPAddress.Parse("10.9.0.1"), port));
    }

    /// <summary>How many packets the thread's network namespace has forwarded, as the kernel counts them.</summary>
    private static long Forwarded()
    {
        string[][] lines = [.. File.ReadLines("/proc/thread-self/net/snmp").Where(static l => l.StartsWith("Ip:", StringComparison.Ordinal)).Select(static l => l.Split(' '))];
        return long.Parse(lines[1][Array.IndexOf(lines[0], "ForwDatagrams")]);
    }
}
