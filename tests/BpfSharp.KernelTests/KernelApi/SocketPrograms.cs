using BpfSharp.Kernel;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>Programs that lead data from one socket to another.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class SocketPrograms
{
    internal struct Flow
    {
        public IPv6Address Remote6;
        public IPv6Address Local6;
        public IPv4Address Remote;
        public IPv4Address Local;
        public uint RemotePort;
        public uint LocalPort;
        public uint Family;
    }

    [BpfMap(MaxEntries = 4)]
    internal static partial SockMap Peers { get; }

    [BpfMap(MaxEntries = 4)]
    internal static partial SockHash<ulong> ByPort { get; }

    [BpfMap(MaxEntries = 4)]
    internal static partial SockHash<Flow> Flows { get; }

    [BpfMap(MaxEntries = 4)]
    internal static partial ReuseportArray Workers { get; }

    [BpfMap]
    internal static partial SocketStorage<ulong> Sent { get; }

    internal static uint key;
    internal static ulong bytes;
    internal static byte first;
    internal static Flow seen;
    internal static IpProtocol protocol;
    internal static uint length;

    [BpfProgram(BpfHook.SkMsg)]
    internal static SkAction Send(SkMsgContext ctx)
    {
        bytes += ctx.Size;
        var data = ctx.Data;
        // It arrives as it is left here.
        if (data.TryRead(out Ref<byte> start)) start.Value ^= 0x80;
        return Peers.Redirect(ctx, key);
    }

    [BpfProgram(BpfHook.SkMsg)]
    internal static SkAction SendByPort(SkMsgContext ctx)
    {
        bytes += ctx.Size;
        seen.Family = ctx.Family;
        seen.Remote = ctx.RemoteIPv4;
        seen.Local = ctx.LocalIPv4;
        seen.RemotePort = ctx.RemotePort;
        seen.LocalPort = ctx.LocalPort;
        return ByPort.Redirect(ctx, ctx.LocalPort);
    }

    [BpfProgram(BpfHook.SkMsg)]
    internal static SkAction PassOn(SkMsgContext ctx) => ByPort.Redirect(ctx, ctx.LocalPort, toReceiver: false);

    [BpfProgram(BpfHook.SkSkbVerdict)]
    internal static SkAction Forward(SkSkbContext ctx)
    {
        bytes += ctx.Length;
        if (ctx.TryLoad(2, out byte third)) first = third;
        return Peers.Redirect(ctx, key);
    }

    [BpfProgram(BpfHook.SkSkbVerdict)]
    internal static SkAction ForwardByPort(SkSkbContext ctx)
    {
        bytes += ctx.Length;
        seen.Family = ctx.Family;
        seen.Remote = ctx.RemoteIPv4;
        seen.Local = ctx.LocalIPv4;
        seen.RemotePort = ctx.RemotePort;
        seen.LocalPort = ctx.LocalPort;
        return ByPort.Redirect(ctx, ctx.LocalPort);
    }

    [BpfProgram(BpfHook.SkSkbVerdict)]
    internal static SkAction Deliver(SkSkbContext ctx) => ByPort.Redirect(ctx, ctx.LocalPort, toReceiver: true);

    [BpfProgram(BpfHook.SockOps)]
    internal static int Established(SockOpsContext ctx)
    {
        if (ctx.Operation != SockOperation.ActiveEstablished) return 1;
        if (Peers.Add(ctx, 2)) bytes++;
        if (!Peers.Add(ctx, 4)) bytes += 10;
        if (ByPort.Add(ctx, ctx.LocalPort)) bytes += 100;
        Flow flow = new() { Family = ctx.Family, RemotePort = ctx.RemotePort, LocalPort = ctx.LocalPort };
        if (ctx.Family == 2)
        {
            flow.Remote = ctx.RemoteIPv4;
            flow.Local = ctx.LocalIPv4;
        }
        else
        {
            flow.Remote6 = ctx.RemoteIPv6;
            flow.Local6 = ctx.LocalIPv6;
        }

        if (Flows.Add(ctx, flow)) bytes += 1000;
        return 1;
    }

    /// <summary>Notes which sockets asked for their connection.</summary>
    [BpfProgram(BpfHook.SockOps)]
    internal static int Note(SockOpsContext ctx)
    {
        if (ctx.Operation == SockOperation.ActiveEstablished && Sent.TryGetOrAdd(ctx.Socket, 1_000_000, out Ref<ulong> sent)) sent.Value++;
        return 1;
    }

    /// <summary>Counts what is sent by sockets that have a value.</summary>
    [BpfProgram(BpfHook.SkMsg)]
    internal static SkAction Count(SkMsgContext ctx)
    {
        if (Sent.TryGetRef(ctx.Socket, out Ref<ulong> sent)) sent.Value += ctx.Size;
        return SkAction.Pass;
    }

    /// <summary>Counts packets of sockets, and those of none.</summary>
    [BpfProgram(BpfHook.Tc)]
    internal static TcAction CountPacket(TcContext ctx)
    {
        ContextSocket socket = ctx.Socket;
        if (Sent.TryGetOrAdd(socket, out Ref<ulong> sent)) sent.Value += 10;
        else bytes++;
        if (key == 7 && Sent.Remove(socket)) bytes += 100;
        return TcAction.Ok;
    }

    [BpfProgram(BpfHook.SockOps)]
    internal static int BothEnds(SockOpsContext ctx)
    {
        if (ctx.Operation is SockOperation.ActiveEstablished or SockOperation.PassiveEstablished)
            Flows.Add(ctx, new Flow { Local = ctx.LocalIPv4, Remote = ctx.RemoteIPv4, LocalPort = ctx.LocalPort, RemotePort = ctx.RemotePort });
        return 1;
    }

    [BpfProgram(BpfHook.SkMsg)]
    internal static SkAction ToOtherEnd(SkMsgContext ctx)
    {
        Flow other = new() { Local = ctx.RemoteIPv4, Remote = ctx.LocalIPv4, LocalPort = ctx.RemotePort, RemotePort = ctx.LocalPort };
        if (Flows.Redirect(ctx, other) == SkAction.Pass) bytes += ctx.Size;
        return SkAction.Pass;
    }

    [BpfProgram(BpfHook.SkReuseport)]
    internal static SkAction Choose(SkReuseportContext ctx)
    {
        protocol = ctx.Protocol;
        length = ctx.Length;
        return Workers.TrySelect(ctx, key) ? SkAction.Pass : SkAction.Drop;
    }
}
