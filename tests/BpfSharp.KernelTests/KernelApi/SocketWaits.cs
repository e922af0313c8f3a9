using System.Net.Sockets;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>Waits for sockets that end with a failure and not never.</summary>
internal static class SocketWaits
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(30);

    /// <summary>Waits until there is something to read or to accept.</summary>
    public static void Await(this Socket socket, string what) =>
        Assert.True(socket.Poll(TimeLimit, SelectMode.SelectRead), $"{what} has not come to {socket.LocalEndPoint} in {TimeLimit.TotalSeconds} seconds");

    /// <summary>Receives exactly so many bytes.</summary>
    public static byte[] Take(this Socket socket, int count)
    {
        byte[] bytes = new byte[count];
        for (int at = 0; at < count;)
        {
            socket.Await($"byte {at + 1} of {count}");
            int received = socket.Receive(bytes.AsSpan(at));
            Assert.True(received > 0, $"{socket.LocalEndPoint} was closed before byte {at + 1} of {count}");
            at += received;
        }

        return bytes;
    }
}
