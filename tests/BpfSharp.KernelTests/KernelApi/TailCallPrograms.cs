using BpfSharp.Kernel;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>A first program that goes on as the one that the packet's first byte names, and one that goes on as itself until the kernel has enough.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class TailCallPrograms
{
    [BpfMap(MaxEntries = 4)]
    internal static partial ProgramArray Stages { get; }

    [BpfMap(MaxEntries = 1)]
    internal static partial ProgramArray Rounds { get; }

    internal static ulong missing;
    internal static ulong seen;

    [BpfProgram(BpfHook.Xdp)]
    internal static XdpAction Start(XdpContext ctx)
    {
        var packet = ctx.Packet;
        if (!packet.TryRead(out Ref<byte> stage)) return XdpAction.Aborted;
        uint index = stage.Value;
        if (Stages.TryTailCall(ctx, index, out XdpAction action)) return action;
        missing += index + 1;
        return XdpAction.Drop;
    }

    [BpfProgram(BpfHook.Xdp), BpfTailCall(nameof(Stages), 0)]
    internal static XdpAction Pass(XdpContext ctx)
    {
        seen += 1;
        return XdpAction.Pass;
    }

    /// <summary>In the table at two places, and a way on to the first stage.</summary>
    [BpfProgram(BpfHook.Xdp), BpfTailCall(nameof(Stages), 1), BpfTailCall(nameof(Stages), 3)]
    internal static XdpAction Forward(XdpContext ctx)
    {
        seen += 100;
        return Stages.TryTailCall(ctx, ctx.Packet.Remaining > 64 ? 0u : 2, out XdpAction action) ? action : XdpAction.Tx;
    }

    [BpfProgram(BpfHook.Xdp), BpfTailCall(nameof(Rounds), 0)]
    internal static XdpAction Again(XdpContext ctx)
    {
        seen += 10_000;
        if (Rounds.TryTailCall(ctx, 0, out XdpAction action)) return action;
        return XdpAction.Pass;
    }
}
