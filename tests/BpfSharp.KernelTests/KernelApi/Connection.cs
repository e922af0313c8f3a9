using System.Net;
using System.Net.Sockets;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>A TCP connection over the loopback device.</summary>
internal sealed class Connection : IDisposable
{
    public Connection(IPAddress? address = null)
    {
        IPEndPoint any = new(address ?? IPAddress.Loopback, 0);
        using Socket listener = new(any.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(any);
        listener.Listen();
        Client = new Socket(any.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        Client.Connect(listener.LocalEndPoint!);
        listener.Await("a connection");
        Server = listener.Accept();
    }

    public Socket Client { get; }

    public Socket Server { get; }

    public uint ClientPort => (uint)((IPEndPoint)Client.LocalEndPoint!).Port;

    public uint ServerPort => (uint)((IPEndPoint)Server.LocalEndPoint!).Port;

    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
    }
}
