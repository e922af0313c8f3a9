using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace BpfSharp.KernelTests.Samples;

public class SocketTracerTests
{
    [KernelTheory(Needs = KernelNeeds.TpBtf)]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public void ShowsAConnection(string address)
    {
        IPAddress loopback = IPAddress.Parse(address);
        using var listener = new Socket(loopback.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(loopback, 0));
        var server = (IPEndPoint)listener.LocalEndPoint!;
        using var sample = new RunningSample("Tracing.", "SocketTracer", "--port", server.Port.ToString(CultureInfo.InvariantCulture));
        listener.Listen();
        using var socket = new Socket(loopback.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(server);
        var client = (IPEndPoint)socket.LocalEndPoint!;
        using Socket accepted = listener.Accept();
        Assert.Equal(client, accepted.RemoteEndPoint);
        sample.ReadUntil($"{client} -> {server} SYN_SENT -> ESTABLISHED");
        sample.ReadUntil($"{server} -> {client} SYN_RECV -> ESTABLISHED");
        string[] lines = sample.Stop().Split('\n');
        Assert.Contains(lines, l => l.StartsWith($"{server} -> ", StringComparison.Ordinal) && l.EndsWith(" CLOSE -> LISTEN", StringComparison.Ordinal));
    }
}
