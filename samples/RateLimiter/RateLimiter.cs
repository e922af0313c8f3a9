using BpfSharp;
using BpfSharp.Kernel;

namespace Samples;

/// <summary>A token bucket per source address; a TCP SYN costs more.</summary>
[BpfObject(License = "GPL")]
public partial class RateLimiter
{
    const ulong NanosecondsPerSecond = 1_000_000_000;
    const ulong Packet = 1024;

    public enum Outcome : uint
    {
        Passed, Dropped, New, Other,
    }

    public struct Bucket
    {
        /// <summary>In 1/1024 of a packet.</summary>
        public ulong Tokens;
        public ulong LastNanoseconds;
    }

    [BpfMap(MaxEntries = 65536)]
    static partial LruHashMap<IPv4Address, Bucket> Buckets { get; }

    [BpfMap(MaxEntries = 4)]
    static partial PerCpuArray<ulong> Stats { get; }

    static readonly ulong PacketsPerSecond = 1000;
    static readonly ulong Burst = 200;

    [BpfProgram(BpfHook.Xdp)]
    static XdpAction Limit(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<EthernetHeader> ethernet) || !packet.TryPeek(out Ref<IPv4Header> ip)
            || ethernet.Value.EtherType != EtherType.IPv4)
        {
            Note(Outcome.Other);
            return XdpAction.Pass;
        }
        ulong cost = Packet;
        if (ip.Value.Protocol == IpProtocol.Tcp)
        {
            if (!packet.TrySkip((uint)ip.Value.HeaderLength) || !packet.TryRead(out Ref<TcpHeader> tcp)) return XdpAction.Drop;
            if (tcp.Value.Syn && !tcp.Value.Ack) cost = 4 * Packet;
        }

        ulong now = Bpf.KtimeNanoseconds, full = Burst * Packet;
        IPv4Address source = ip.Value.Source;
        if (!Buckets.TryGetRef(source, out Ref<Bucket> bucket))
        {
            Buckets.Set(source, new Bucket { Tokens = full - cost, LastNanoseconds = now });
            Note(Outcome.New);
            return XdpAction.Pass;
        }
        ulong elapsed = Math.Min(now - bucket.Value.LastNanoseconds, NanosecondsPerSecond);
        ulong tokens = Math.Min(bucket.Value.Tokens + elapsed * PacketsPerSecond * Packet / NanosecondsPerSecond, full);
        bucket.Value.LastNanoseconds = now;
        if (tokens < cost)
        {
            bucket.Value.Tokens = tokens;
            Note(Outcome.Dropped);
            return XdpAction.Drop;
        }
        bucket.Value.Tokens = tokens - cost;
        Note(Outcome.Passed);
        return XdpAction.Pass;
    }

    static void Note(Outcome outcome)
    {
        if (Stats.TryGetRef((uint)outcome, out Ref<ulong> count)) count.Value++;
    }
}
