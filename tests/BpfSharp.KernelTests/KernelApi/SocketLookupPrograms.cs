using BpfSharp.Kernel;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>Programs that look for sockets in maps and take them out, and one that finds the messages of a stream.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class SocketLookupPrograms
{
    [BpfMap(MaxEntries = 4)]
    internal static partial SockMap Peers { get; }

    [BpfMap(MaxEntries = 4)]
    internal static partial SockHash<ulong> ByPort { get; }

    internal static uint key;
    internal static uint found;
    internal static ulong lengths;

    /// <summary>Messages begin with the number of their further bytes.</summary>
    [BpfProgram(BpfHook.SkSkbParser)]
    internal static int Parse(SkSkbContext ctx) => ctx.TryLoad(0, out byte more) ? more + 1 : 0;

    /// <summary>Sees one message after the other: their lengths are the digits of a number.</summary>
    [BpfProgram(BpfHook.SkSkbVerdict)]
    internal static SkAction Pass(SkSkbContext ctx)
    {
        lengths = (lengths * 10) + ctx.Length;
        return Peers.Contains(1) ? Peers.Redirect(ctx, 1) : Peers.Contains(0) ? SkAction.Pass : SkAction.Drop;
    }

    /// <summary>Takes sockets out as a connection is made.</summary>
    [BpfProgram(BpfHook.SockOps)]
    internal static int Forget(SockOpsContext ctx)
    {
        if (ctx.Operation != SockOperation.ActiveEstablished) return 1;
        if (Peers.Remove(2)) found |= 1;
        if (Peers.Remove(2)) found |= 2;
        if (ByPort.Remove(key)) found |= 4;
        if (ByPort.Remove(key)) found |= 8;
        return 1;
    }

    /// <summary>Says which sockets there are, and takes one away.</summary>
    [BpfProgram(BpfHook.Tc)]
    internal static TcAction Look(TcContext ctx)
    {
        uint seen = 0;
        for (uint i = 0; i < 3; i++)
            if (Peers.Contains(i)) seen |= 1u << (int)i;
        if (ByPort.Contains(key) && ByPort.Contains(key)) seen |= 8;
        if (ByPort.Contains(key + 1)) seen |= 16;
        if (Peers.Remove(2)) seen |= 32;
        if (Peers.Contains(2)) seen |= 64;
        found = seen;
        return TcAction.Ok;
    }
}
