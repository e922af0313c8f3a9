using System.Net;

namespace BpfSharp;

/// <summary>A route through which packets pass a program.</summary>
/// <param name="Destination">Where the packets go, e.g. <c>10.1.0.0/16</c>.</param>
/// <param name="Interface">The interface that they leave by.</param>
public sealed record BpfRoute(IPNetwork Destination, string Interface)
{
    /// <summary>The next host, null if the destination is on the interface's own network.</summary>
    public IPAddress? Gateway { get; init; }

    /// <summary>The routing table; the main one unless set.</summary>
    public uint Table { get; init; } = 254;

    /// <summary>The route's metric: of several routes to a destination the least is taken. 0 for the kernel's default.</summary>
    public uint Metric { get; init; }

    /// <summary>For lwt_xmit programs: bytes in front of a packet that are kept free for what the program adds, at most 256.</summary>
    public uint Headroom { get; init; }

    /// <summary>The route as <c>ip route</c> writes it.</summary>
    public override string ToString() => $"{Destination}{(Gateway is null ? "" : $" via {Gateway}")} dev {Interface}";
}
