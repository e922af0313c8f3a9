using System.Net;
using System.Net.Sockets;

namespace BpfSharp.KernelTests.Samples;

/// <summary>The samples on a network interface, with datagrams between two namespaces; what arrives is the second source.</summary>
public class PacketSampleTests
{
    const int Datagrams = 40, PayloadSize = 100, Open = 5000, Closed = 5001;

    [KernelFact(Minimum = "5.9", Needs = KernelNeeds.Veth)]
    public void PacketCounter()
    {
        using KernelSandbox sandbox = new();
        (VethEnd left, VethEnd right) = sandbox.AddVethPair();
        using RunningSample counter = Start(right, " packets", "PacketCounter");
        Assert.Equal(Datagrams, Send(left, right, Open));
        Assert.Equal(["Udp4", $"{Datagrams}", $"{Datagrams * (PayloadSize + 42)}"], Columns(counter.Stop(), "Udp4", 0, 2, 3));
    }

    [KernelFact(Minimum = "5.9", Needs = KernelNeeds.Veth)]
    public void Firewall()
    {
        using KernelSandbox sandbox = new();
        (VethEnd left, VethEnd right) = sandbox.AddVethPair();
        string policy = Path.Combine(sandbox.TemporaryFolder, "policy");
        File.WriteAllText(policy, $"zone all 0.0.0.0/1 pass\nzone lab 10.0.0.0/24 drop # but\npass lab udp {Open}\n");
        using RunningSample firewall = Start(right, "read 1 times", "Firewall", "--policy", policy);
        Assert.Equal((Datagrams, 0), (Send(left, right, Open), Send(left, right, Closed)));

        // What is wrong changes nothing and is told.
        Replace(policy, "zone lab nowhere drop\n");
        Assert.Contains($"{policy}:1: 'nowhere'", firewall.ReadUntil("as it was"), StringComparison.Ordinal);
        Assert.Equal((Datagrams, 0), (Send(left, right, Open), Send(left, right, Closed)));

        Replace(policy, $"zone lab 10.0.0.0/24 pass\ndrop lab udp {Open}\n");
        firewall.ReadUntil("1 networks in 1 zones, 1 rules, read 2 times");
        Assert.Equal((0, Datagrams), (Send(left, right, Open), Send(left, right, Closed)));
        Assert.Equal(["Drop", $"{3 * Datagrams}"], Columns(firewall.Stop(), "Drop", 0, 1));
    }

    [KernelFact(Minimum = "5.9", Needs = KernelNeeds.Veth)]
    public void RateLimiter()
    {
        using KernelSandbox sandbox = new();
        (VethEnd left, VethEnd right) = sandbox.AddVethPair();
        using RunningSample limiter = Start(right, "0 passed", "RateLimiter", "--rate", "1", "--burst", "10");
        int arrived = Send(left, right, Open);
        Assert.InRange(arrived, 10, Datagrams - 1);
        string output = limiter.Stop();
        Assert.Contains($"{arrived} passed, {Datagrams - arrived} dropped", output, StringComparison.Ordinal);
        Assert.Equal(["10.0.0.1"], Columns(output, "10.0.0.1", 0));
    }

    [KernelFact(Minimum = "5.9", Needs = KernelNeeds.Veth | KernelNeeds.Clsact | KernelNeeds.CgroupBpf)]
    public void TrafficAccounting()
    {
        using KernelSandbox sandbox = new();
        (VethEnd left, VethEnd right) = sandbox.AddVethPair();
        using RunningSample accounting = Start(left, " flows", "TrafficAccounting", "--rate", "1", "--burst", $"{10 * (PayloadSize + 42)}");
        // In a group of its own: what the kernel sends by itself has a bucket too, that of the root.
        Cgroup group = sandbox.AddCgroup();
        group.Run(() => Send(left, right, Open, expected: 10));
        string output = accounting.Stop();
        string[] row = Sample.LastLine(output, $"{right.Address}:{Open}");
        Assert.Equal([group.Path[Cgroup.Root.Length..], "Udp", $"{right.Address}:{Open}", "10", $"{10 * (PayloadSize + 42)}"], [row[0], row[1], row[3], row[4], row[5]]);
        int dropped = int.Parse(Sample.LastLine(output, " packets dropped")[^3], System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(dropped, Datagrams - 10, int.MaxValue);
    }

    static RunningSample Start(VethEnd end, string until, string name, params string[] arguments) =>
        end.Namespace.Run(() => new RunningSample(until, name, ["--interface", end.Name, .. arguments]));

    /// <summary>Replaces a file in one step, as editors do.</summary>
    static void Replace(string file, string text)
    {
        File.WriteAllText(file + ".new", text);
        File.SetLastWriteTimeUtc(file + ".new", File.GetLastWriteTimeUtc(file).AddSeconds(1));
        File.Move(file + ".new", file, overwrite: true);
    }

    static string[] Columns(string output, string text, params int[] columns)
    {
        string[] row = Sample.LastLine(output, text);
        return [.. columns.Select(i => row[i])];
    }

    /// <summary>Sends datagrams over IPv4 and then one over IPv6, which all of these programs let pass; returns how many had arrived by then.</summary>
    static int Send(VethEnd from, VethEnd to, int port)
    {
        using Socket receiver = Bound(to, AddressFamily.InterNetwork, IPAddress.Parse(to.Address), port);
        using Socket last = Bound(to, AddressFamily.InterNetworkV6, IPAddress.IPv6Any, port);
        using Socket sender = Unbound(from, AddressFamily.InterNetwork), lastSender = Unbound(from, AddressFamily.InterNetworkV6);
        for (int i = 0; i < Datagrams; i++) TrySend(sender, new IPEndPoint(IPAddress.Parse(to.Address), port));
        int arrived = 0;
        byte[] buffer = new byte[PayloadSize];
        do
        {
            TrySend(lastSender, new IPEndPoint(IPAddress.Parse("fd00::2"), port));
            while (receiver.Poll(TimeSpan.FromMilliseconds(50), SelectMode.SelectRead)) arrived += receiver.Receive(buffer) == PayloadSize ? 1 : 0;
        }
        while (!last.Poll(TimeSpan.FromMilliseconds(50), SelectMode.SelectRead));
        return arrived;
    }

    /// <summary>Sends datagrams and waits until some have arrived.</summary>
    static void Send(VethEnd from, VethEnd to, int port, int expected)
    {
        using Socket receiver = Bound(to, AddressFamily.InterNetwork, IPAddress.Parse(to.Address), port);
        using Socket sender = Unbound(from, AddressFamily.InterNetwork);
        for (int i = 0; i < Datagrams; i++) TrySend(sender, new IPEndPoint(IPAddress.Parse(to.Address), port));
        byte[] buffer = new byte[PayloadSize];
        for (int i = 0; i < expected; i++) receiver.Receive(buffer);
    }

    static Socket Unbound(VethEnd end, AddressFamily family) => end.Namespace.Run(() => new Socket(family, SocketType.Dgram, ProtocolType.Udp));

    static Socket Bound(VethEnd end, AddressFamily family, IPAddress address, int port)
    {
        Socket socket = Unbound(end, family);
        if (family == AddressFamily.InterNetworkV6) socket.DualMode = false;
        socket.Bind(new IPEndPoint(address, port));
        return socket;
    }

    static void TrySend(Socket sender, IPEndPoint target)
    {
        try
        {
            sender.SendTo(new byte[PayloadSize], target);
        }
        catch (SocketException)
        {
            // Dropped on its way out: the sender is told.
        }
    }
}
