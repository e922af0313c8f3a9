using System.Runtime.InteropServices;
using BpfSharp;
using BpfSharp.Kernel;

namespace Samples;

/// <summary>Counts what leaves per cgroup and flow, and holds each cgroup to a rate: a token bucket under a lock.</summary>
[BpfObject(License = "GPL")]
public partial class TrafficAccounting
{
    const ulong NanosecondsPerSecond = 1_000_000_000;

    /// <summary>An address of either version; of version 4 in the first four bytes.</summary>
    [StructLayout(LayoutKind.Explicit)]
    public struct Address
    {
        [FieldOffset(0)] public IPv4Address V4;
        [FieldOffset(0)] public IPv6Address V6;
    }

    public struct Flow
    {
        public ulong Cgroup;
        public Address Source;
        public Address Destination;
        public BigEndian<ushort> SourcePort;
        public BigEndian<ushort> DestinationPort;
        public IpProtocol Protocol;
        public byte Version;
    }

    public struct Counter
    {
        public ulong Packets;
        public ulong Bytes;
    }

    public struct Bucket
    {
        public BpfSpinLock Lock;
        public ulong Tokens;    // Bytes that may be sent now.
        public ulong LastNanoseconds;
        public ulong Dropped;
    }

    [BpfMap(MaxEntries = 65_536)]
    static partial LruHashMap<Flow, Counter> Flows { get; }

    [BpfMap(MaxEntries = 4096)]
    static partial HashMap<ulong, Bucket> Buckets { get; }

    static readonly ulong BytesPerSecond = 125_000_000;
    static readonly ulong Burst = 1_000_000;

    [BpfProgram(BpfHook.Tc)]
    static TcAction Account(TcContext ctx)
    {
        if (!TryGetFlow(ctx.Packet, out Flow flow)) return TcAction.Ok;
        flow.Cgroup = ctx.CgroupId;

        ulong now = Bpf.KtimeNanoseconds;
        if (!Buckets.TryGetRef(flow.Cgroup, out Ref<Bucket> bucket))
        {
            Buckets.TryAdd(flow.Cgroup, new Bucket { Tokens = Burst, LastNanoseconds = now });
            if (!Buckets.TryGetRef(flow.Cgroup, out bucket)) return TcAction.Ok;
        }
        if (!TryTake(ref bucket.Value, ctx.Length, now)) return TcAction.Shot;

        if (Flows.TryGetRef(flow, out Ref<Counter> counter))
        {
            Interlocked.Increment(ref counter.Value.Packets);
            Interlocked.Add(ref counter.Value.Bytes, ctx.Length);
        }
        else
        {
            Flows.TryAdd(flow, new Counter { Packets = 1, Bytes = ctx.Length });
        }
        return TcAction.Ok;
    }

    static bool TryTake(ref Bucket bucket, uint bytes, ulong now)
    {
        using (bucket.Lock.Enter())
        {
            if (now > bucket.LastNanoseconds)
            {
                ulong elapsed = Math.Min(now - bucket.LastNanoseconds, NanosecondsPerSecond);
                ulong refill = elapsed * BytesPerSecond / NanosecondsPerSecond;
                if (refill != 0)
                {
                    bucket.Tokens = Math.Min(bucket.Tokens + refill, Burst);
                    bucket.LastNanoseconds = now;
                }
            }
            if (bucket.Tokens < bytes)
            {
                bucket.Dropped++;
                return false;
            }
            bucket.Tokens -= bytes;
            return true;
        }
    }

    static bool TryGetFlow(PacketCursor packet, out Flow flow)
    {
        flow = default;
        if (!packet.TryRead(out Ref<EthernetHeader> ethernet)) return false;
        if (ethernet.Value.EtherType == EtherType.IPv4)
        {
            if (!packet.TryPeek(out Ref<IPv4Header> ip)) return false;
            flow.Version = 4;
            flow.Protocol = ip.Value.Protocol;
            flow.Source.V4 = ip.Value.Source;
            flow.Destination.V4 = ip.Value.Destination;
            if (!HasPorts(flow.Protocol)) return true;
            if (!packet.TrySkip((uint)ip.Value.HeaderLength)) return false;
        }
        else if (ethernet.Value.EtherType == EtherType.IPv6)
        {
            if (!packet.TryRead(out Ref<IPv6Header> ip)) return false;
            flow.Version = 6;
            flow.Protocol = ip.Value.NextHeader;
            flow.Source.V6 = ip.Value.Source;
            flow.Destination.V6 = ip.Value.Destination;
            if (!HasPorts(flow.Protocol)) return true;
        }
        else
        {
            return false;
        }
        // UDP begins with the same ports as TCP.
        if (!packet.TryRead(out Ref<UdpHeader> ports)) return false;
        flow.SourcePort = ports.Value.SourcePort;
        flow.DestinationPort = ports.Value.DestinationPort;
        return true;
    }

    static bool HasPorts(IpProtocol protocol) => protocol is IpProtocol.Tcp or IpProtocol.Udp;
}
