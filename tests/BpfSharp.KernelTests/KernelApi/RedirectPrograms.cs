using BpfSharp.Kernel;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>Programs that send UDP packets elsewhere. All else passes, so that addresses are resolved.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class RedirectPrograms
{
    [BpfMap(MaxEntries = 4)]
    internal static partial DevMap Ports { get; }

    [BpfMap(MaxEntries = 4)]
    internal static partial DevMapHash Interfaces { get; }

    [BpfMap(MaxEntries = 4)]
    internal static partial CpuMap Processors { get; }

    [BpfMap(MaxEntries = 4)]
    internal static partial XskMap Sockets { get; }

    internal static uint key;
    internal static XdpAction fallback;
    internal static ulong redirected;
    internal static ulong passedBy;

    [BpfProgram(BpfHook.Xdp)]
    internal static XdpAction ToPort(XdpContext ctx) => IsUdp(ctx) ? Count(Ports.Redirect(key, fallback)) : XdpAction.Pass;

    [BpfProgram(BpfHook.Xdp)]
    internal static XdpAction ToInterface(XdpContext ctx) => IsUdp(ctx) ? Count(Interfaces.Redirect(key, fallback)) : XdpAction.Pass;

    [BpfProgram(BpfHook.Xdp)]
    internal static XdpAction ToProcessor(XdpContext ctx) => IsUdp(ctx) ? Count(Processors.Redirect(key)) : XdpAction.Pass;

    [BpfProgram(BpfHook.Xdp)]
    internal static XdpAction ToSocket(XdpContext ctx) => Count(Sockets.Redirect(ctx.ReceiveQueue, XdpAction.Drop));

    [BpfProgram(BpfHook.Xdp)]
    internal static XdpAction ToAll(XdpContext ctx) => IsUdp(ctx) ? Count(Ports.Broadcast(ctx, key != 0)) : XdpAction.Pass;

    /// <summary>Runs behind a redirect, for the packets that an entry of the map sends.</summary>
    [BpfProgram(BpfHook.XdpDevMap)]
    internal static XdpAction OnTheWay(XdpContext ctx)
    {
        passedBy++;
        return XdpAction.Pass;
    }

    private static bool IsUdp(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        return packet.TryRead(out Ref<EthernetHeader> ethernet) && ethernet.Value.EtherType == EtherType.IPv4
            && packet.TryRead(out Ref<IPv4Header> ip) && ip.Value.Protocol == IpProtocol.Udp;
    }

    private static XdpAction Count(XdpAction action)
    {
        if (action == XdpAction.Redirect) redirected++;
        return action;
    }
}
