using BpfSharp.Kernel;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>What a packet asks for.</summary>
internal struct InnerStep
{
    public uint Table;
    public uint Operation;
    public uint Key;
    public ulong Value;
}

/// <summary>Operations on maps that are found in other maps.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class InnerMapPrograms
{
    [BpfMap(MaxEntries = 4, InnerMaxEntries = 8)]
    internal static partial ArrayOfMaps<HashMap<uint, ulong>> Tables { get; }

    [BpfMap(MaxEntries = 4, InnerMaxEntries = 2)]
    internal static partial HashOfMaps<long, ArrayMap<ulong>> Rows { get; }

    internal static ulong missing;
    internal static ulong found;

    [BpfProgram(BpfHook.Xdp)]
    internal static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<InnerStep> read)) return XdpAction.Aborted;
        InnerStep step = read.Value;
        if (!Tables.TryGet(step.Table, out HashMap<uint, ulong>? table))
        {
            missing++;
            return XdpAction.Drop;
        }
        switch (step.Operation)
        {
            case 0: return table.TryAdd(step.Key, step.Value) ? XdpAction.Pass : XdpAction.Tx;
            case 1: return table.Set(step.Key, step.Value) ? XdpAction.Pass : XdpAction.Tx;
            case 2: return table.Remove(step.Key) ? XdpAction.Pass : XdpAction.Tx;
            case 3:
                if (!table.TryGetRef(step.Key, out Ref<ulong> value)) return XdpAction.Tx;
                value.Value += step.Value;
                return XdpAction.Pass;
            default:
                if (table.TryGetValue(step.Key, out ulong number)) found += number;
                return table.Contains(step.Key) ? XdpAction.Pass : XdpAction.Tx;
        }
    }

    [BpfProgram(BpfHook.Xdp)]
    internal static XdpAction Row(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<InnerStep> step)) return XdpAction.Drop;
        Rows.TryGet(-7L * step.Value.Table, out ArrayMap<ulong>? row);
        // A fault where there is no row, and where the row has no such place.
        row![step.Value.Key] += step.Value.Value;
        return XdpAction.Pass;
    }
}
