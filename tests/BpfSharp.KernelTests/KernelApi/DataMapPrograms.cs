using BpfSharp.Kernel;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>Queues, stacks and per-CPU tables: one operation a run.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class DataMapPrograms
{
    [BpfMap(MaxEntries = 5)]
    internal static partial QueueMap<MapRecord> Waiting { get; }

    [BpfMap(MaxEntries = 5)]
    internal static partial StackMap<ulong> Pile { get; }

    [BpfMap(MaxEntries = 16)]
    internal static partial LruPerCpuHashMap<uint, ulong> Counts { get; }

    [BpfMap]
    internal static partial PerfEventArray<MapRecord> Records { get; }

    // The step is a packet: programs that may sleep have no queues on older kernels.
    [BpfProgram(BpfHook.Xdp)]
    internal static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<MapStep> data)) return XdpAction.Aborted;
        MapStep step = data.Value;
        MapRecord record = new() { Kind = (byte)step.Key, Value = step.Value };
        ulong found = step.Value;
        bool done;
        switch (step.Operation)
        {
            case 0: done = Waiting.TryEnqueue(record); break;
            case 1: done = Waiting.EnqueueOverOldest(record); break;
            case 2:
                done = Waiting.TryDequeue(out record);
                found = record.Value + record.Kind;
                break;
            case 3:
                done = Waiting.TryPeek(out record);
                found = record.Value + record.Kind;
                break;
            case 4: done = Pile.TryPush(step.Value); break;
            case 5: done = Pile.PushOverOldest(step.Value); break;
            case 6: done = Pile.TryPop(out found); break;
            case 7: done = Pile.TryPeek(out found); break;
            default: done = Count(step.Key, step.Value); break;
        }
        data.Value.Value = found;
        data.Value.Result = done ? 1 : 0;
        return XdpAction.Pass;
    }

    /// <summary>A record with the packet's first byte.</summary>
    [BpfProgram(BpfHook.Xdp)]
    internal static XdpAction Report(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<byte> first)) return XdpAction.Aborted;
        return Records.Output(ctx, new MapRecord { Kind = first.Value, Value = 1_000ul + first.Value }) ? XdpAction.Pass : XdpAction.Drop;
    }

    private static bool Count(uint key, ulong by)
    {
        if (!Counts.TryGetRef(key, out Ref<ulong> count)) return Counts.TryAdd(key, by);
        count.Value += by;
        return true;
    }
}

/// <summary>A filter, which kernels older than the project's others do not have.</summary>
[BpfObject(License = "GPL", MinimumKernel = "5.16")]
internal sealed partial class FilterPrograms
{
    [BpfMap(MaxEntries = 1000)]
    internal static partial BloomFilter<MapRecord> Seen { get; }

    [BpfProgram(BpfHook.Xdp)]
    internal static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<MapStep> step)) return XdpAction.Aborted;
        MapRecord record = new() { Kind = (byte)step.Value.Key, Value = step.Value.Value };
        if (step.Value.Operation == 0) Seen.Add(record);
        step.Value.Result = Seen.MayContain(record) ? 1 : 0;
        return XdpAction.Pass;
    }
}

/// <summary>What is left of what user space wrote.</summary>
internal struct DrainState
{
    public ulong Sum;
    public uint Limit;
    public int Count;
    public int Left;
}

/// <summary>Records from user space.</summary>
[BpfObject(License = "GPL", MinimumKernel = "6.1", CountFaults = true)]
internal sealed partial class UserRingPrograms
{
    [BpfMap(MaxEntries = 4096)]
    internal static partial UserRingBuffer<MapRecord> Orders { get; }

    /// <summary>Adds up records until one is of the kind that the state names; one of kind 100 is a fault.</summary>
    [BpfProgram(BpfHook.Syscall, FaultResult = -5)]
    internal static int Take(SyscallContext<DrainState> ctx)
    {
        DrainState state = ctx.Value;
        state.Count = Orders.Drain(ref state, static (in record, ref s) =>
        {
            s.Sum += record.Value / (uint)(100 - record.Kind);
            s.Left--;
            return record.Kind != s.Limit;
        });
        ctx.Value = state;
        return 1;
    }
}
