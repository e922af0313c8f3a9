using BpfSharp.Kernel;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>Programs on routes.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class RoutePrograms
{
    internal static ulong packets;
    internal static ulong bytes;
    internal static uint lastInterface;
    internal static IPv4Address destination;
    internal static ushort blockedPort;

    /// <summary>Drops UDP packets to a port, of those that come in.</summary>
    [BpfProgram(BpfHook.LwtIn)]
    internal static LwtAction In(LwtContext ctx) => Decide(ctx);

    /// <summary>Drops UDP packets to a port, of those that are sent here.</summary>
    [BpfProgram(BpfHook.LwtOut)]
    internal static LwtAction Out(LwtContext ctx) => Decide(ctx);

    /// <summary>Counts a hop more than IP does, and marks what it has seen in the type of service.</summary>
    [BpfProgram(BpfHook.LwtXmit)]
    internal static LwtAction Send(LwtXmitContext ctx)
    {
        packets++;
        bytes += ctx.Length;
        lastInterface = ctx.InterfaceIndex;
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<IPv4Header> ip)) return LwtAction.Drop;
        destination = ip.Value.Destination;
        if (ip.Value.Protocol != IpProtocol.Udp) return LwtAction.Ok;
        if (!packet.TryRead(out Ref<UdpHeader> udp)) return LwtAction.Drop;
        if (udp.Value.DestinationPort.Value == blockedPort) return LwtAction.Drop;
        // No checksum: IPv4 allows that.
        udp.Value.Checksum = default;
        udp.Value.DestinationPort = (ushort)(udp.Value.DestinationPort.Value + 1);
        return LwtAction.Ok;
    }

    private static LwtAction Decide(LwtContext ctx)
    {
        packets++;
        bytes += ctx.Length;
        lastInterface = ctx.InterfaceIndex;
        if (!ctx.TryLoad(0, out IPv4Header ip)) return LwtAction.Drop;
        destination = ip.Destination;
        return ip.Protocol == IpProtocol.Udp && ctx.TryLoad(20, out UdpHeader udp) && udp.DestinationPort.Value == blockedPort ? LwtAction.Drop : LwtAction.Ok;
    }
}
