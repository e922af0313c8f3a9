using BpfSharp.Kernel;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>A value with a timer.</summary>
internal struct Session
{
    public uint Packets;
    public uint Expired;
    public BpfTimer Timeout;
    public ulong Last;
}

/// <summary>Each packet starts the timer of its size's session anew; a size that is a multiple of 64 stops it.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class TimerPrograms
{
    [BpfMap(MaxEntries = 8)]
    internal static partial HashMap<uint, Session> Sessions { get; }

    [BpfMap(MaxEntries = 2)]
    internal static partial ArrayMap<Session> Slots { get; }

    internal static readonly ulong Delay = 1_000_000;
    internal static ulong callbacks;
    internal static uint cancelled;

    [BpfProgram(BpfHook.Xdp)]
    internal static XdpAction Filter(XdpContext ctx)
    {
        uint size = ctx.Packet.Remaining;
        if (!Sessions.TryGetRef(size, out Ref<Session> session))
        {
            Sessions.TryAdd(size, new Session { Last = 1 });
            if (!Sessions.TryGetRef(size, out session)) return XdpAction.Drop;
            session.Value.Timeout.Init(Sessions);
            session.Value.Timeout.SetCallback(Sessions, static (in key, ref s) =>
            {
                callbacks++;
                s.Expired += key / (s.Packets - 3);
            });
        }
        session.Value.Packets++;
        if (size % 64 == 0)
        {
            if (session.Value.Timeout.Cancel()) cancelled++;
            return XdpAction.Drop;
        }
        return session.Value.Timeout.Start(Delay) ? XdpAction.Pass : XdpAction.Aborted;
    }

    [BpfProgram(BpfHook.Xdp)]
    internal static XdpAction Slot(XdpContext ctx)
    {
        ref Session slot = ref Slots[1];
        if (slot.Timeout.Init(Slots)) slot.Timeout.SetCallback(Slots, Expire);
        slot.Timeout.Start(0);
        return XdpAction.Pass;
    }

    private static void Expire(in uint index, ref Session session) => session.Expired += index;
}
