using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfSharp.Kernel;

#pragma warning disable CS0649 // Set by user space.
namespace BpfSharp.KernelTests.Everyday;

/// <summary>TCP options walk for MSS and timestamps.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class TcpOptions
{
    [InlineArray(40)] public struct Options { private byte _e; }
    [BpfMap(MaxEntries = 64)] static partial HashMap<ushort, ulong> MssCounts { get; }
    [BpfProgram(BpfHook.Xdp)]
    static XdpAction Walk(XdpContext ctx)
    {
        var packet = ctx.Packet;
        if (!packet.TryRead(out Ref<EthernetHeader> eth) || eth.Value.EtherType != EtherType.IPv4) return XdpAction.Pass;
        if (!packet.TryRead(out Ref<IPv4Header> ip) || ip.Value.Protocol != IpProtocol.Tcp) return XdpAction.Pass;
        if (!packet.TryRead(out Ref<TcpHeader> tcp) || !tcp.Value.Syn) return XdpAction.Pass;
        int length = tcp.Value.HeaderLength - 20;
        if (length <= 0) return XdpAction.Pass;
        for (int i = 0; i < 10 && length > 0; i++)
        {
            if (!packet.TryRead(out Ref<byte> kind)) break;
            if (kind.Value == 0) break;
            if (kind.Value == 1) { length--; continue; }
            if (!packet.TryRead(out Ref<byte> size) || size.Value < 2) break;
            if (kind.Value == 2 && size.Value == 4)
            {
                if (!packet.TryRead(out Ref<BigEndian<ushort>> mss)) break;
                ushort value = mss.Value.Value;
                if (MssCounts.TryGetRef(value, out var count)) Interlocked.Increment(ref count.Value); else MssCounts.TryAdd(value, 1);
                length -= 4;
                continue;
            }
            if (!packet.TrySkip((uint)(size.Value - 2))) break;
            length -= size.Value;
        }
        return XdpAction.Pass;
    }
}

/// <summary>DNS name hash.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class DnsNames
{
    [BpfMap(MaxEntries = 1024)] static partial LruHashMap<uint, ulong> Names { get; }
    [BpfProgram(BpfHook.Tc)]
    static TcAction Count(TcContext ctx)
    {
        var packet = ctx.Packet;
        if (!packet.TryRead(out Ref<EthernetHeader> eth)) return TcAction.Ok;
        IpProtocol protocol;
        switch (eth.Value.EtherType.Value)
        {
            case EtherType.IPv4 when packet.TryRead(out Ref<IPv4Header> four):
                if (four.Value.HeaderLength > 20 && !packet.TrySkip((uint)four.Value.HeaderLength - 20)) return TcAction.Ok;
                protocol = four.Value.Protocol;
                break;
            case EtherType.IPv6 when packet.TryRead(out Ref<IPv6Header> six):
                protocol = six.Value.NextHeader;
                break;
            default:
                return TcAction.Ok;
        }
        if (protocol is not IpProtocol.Udp || !packet.TryRead(out Ref<UdpHeader> udp) || udp.Value is not { DestinationPort: { Value: 53 } }) return TcAction.Ok;
        if (!packet.TrySkip(12)) return TcAction.Ok;
        uint hash = 2166136261;
        for (int i = 0; i < 64; i++)
        {
            if (!packet.TryRead(out Ref<byte> c) || c.Value == 0) break;
            hash = unchecked((hash ^ ToLower(c.Value)) * 16777619);
        }
        if (Names.TryGetRef(hash, out Ref<ulong> n)) Interlocked.Increment(ref n.Value);
        else Names.Set(hash, 1);
        return TcAction.Ok;
    }
    static byte ToLower(byte c) => c is >= (byte)'A' and <= (byte)'Z' ? (byte)(c | 0x20) : c;
}

/// <summary>NAT-like rewriting with checksum.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class Rewrite
{
    public record struct Backend(IPv4Address Address, MacAddress Mac);
    [BpfMap(MaxEntries = 16)] static partial ArrayMap<Backend> Backends { get; }
    static readonly uint BackendCount = 4;
    [BpfProgram(BpfHook.Xdp, FaultResult = XdpAction.Drop)]
    static XdpAction Balance(XdpContext ctx)
    {
        var packet = ctx.Packet;
        if (!packet.TryRead(out Ref<EthernetHeader> eth)) return XdpAction.Pass;
        ref EthernetHeader e = ref eth.Value;
        if (e.EtherType != EtherType.IPv4 || !packet.TryRead(out Ref<IPv4Header> header)) return XdpAction.Pass;
        ref IPv4Header ip = ref header.Value;
        (uint source, uint destination) = (ip.Source.GetHashCode2(), ip.Destination.GetHashCode2());
        uint index = Hash(source, destination) % BackendCount;
        Backend backend = Backends[index];
        e.Source = e.Destination;
        e.Destination = backend.Mac;
        ushort old = ip.Checksum.Value;
        uint sum = (uint)(ushort)~old;
        Span<ushort> before = stackalloc ushort[2];
        MemoryMarshal.Write(MemoryMarshal.AsBytes(before), ip.Destination);
        Span<ushort> after = stackalloc ushort[2];
        MemoryMarshal.Write(MemoryMarshal.AsBytes(after), backend.Address);
        for (int i = 0; i < 2; i++) sum += (uint)(ushort)~before[i] + after[i];
        sum = (sum & 0xffff) + (sum >> 16);
        sum = (sum & 0xffff) + (sum >> 16);
        ip.Checksum = (ushort)~sum;
        ip.Destination = backend.Address;
        ip.TimeToLive--;
        return XdpAction.Tx;
    }
    static uint Hash(uint a, uint b) { a ^= BitOperations.RotateLeft(b, 13); a *= 0x85ebca6b; a ^= a >> 16; return a; }
}
static class AddressExtensions { public static uint GetHashCode2(this IPv4Address a) => Unsafe.BitCast<IPv4Address, uint>(a); }

/// <summary>State machine with switch and enum.</summary>
[BpfObject(License = "GPL", CountFaults = true)]
internal sealed partial class Machine
{
    enum State : byte { Closed, SynSent, Established, FinWait }
    public readonly record struct Flow(IPv4Address A, IPv4Address B, ushort P, ushort Q);
    [BpfMap(MaxEntries = 4096)] static partial LruHashMap<Flow, byte> States { get; }
    [InlineArray(16)] struct Counters { private ulong _e; }
    static Counters transitions;
    [BpfProgram(BpfHook.Xdp)]
    static XdpAction Track(XdpContext ctx)
    {
        if (!TryParse(ctx, out Flow flow, out bool syn, out bool ack, out bool fin)) return XdpAction.Pass;
        States.TryGetValue(flow, out byte raw);
        State state = (State)raw, next = (state, syn, ack, fin) switch
        {
            (State.Closed, true, false, _) => State.SynSent,
            (State.SynSent, _, true, _) => State.Established,
            (State.Established, _, _, true) => State.FinWait,
            (State.FinWait, _, true, _) => State.Closed,
            (_, true, _, _) => State.SynSent,
            _ => state,
        };
        if (next == state) return XdpAction.Pass;
        transitions[(int)state * 4 + (int)next]++;
        if (next == State.Closed) States.Remove(flow); else States.Set(flow, (byte)next);
        return XdpAction.Pass;
    }
    static bool TryParse(XdpContext ctx, out Flow flow, out bool syn, out bool ack, out bool fin)
    {
        flow = default; syn = ack = fin = false;
        var packet = ctx.Packet;
        if (!packet.TryRead(out Ref<EthernetHeader> eth) || eth.Value.EtherType.Value is not EtherType.IPv4) return false;
        if (!packet.TryRead(out Ref<IPv4Header> ip) || !packet.TryRead(out Ref<TcpHeader> tcp)) return false;
        flow = new(ip.Value.Source, ip.Value.Destination, tcp.Value.SourcePort.Value, tcp.Value.DestinationPort.Value);
        (syn, ack, fin) = (tcp.Value.Syn, tcp.Value.Ack, tcp.Value.Fin);
        return true;
    }
}

/// <summary>Payload search.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class Http
{
    [InlineArray(8)] struct Head { private byte _e; }
    static ulong gets, posts, others;
    [BpfProgram(BpfHook.SocketFilter)]
    static int Filter(SocketFilterContext ctx)
    {
        uint offset = 14;
        if (!ctx.TryLoad(offset, out IPv4Header ip) || ip.Protocol != IpProtocol.Tcp) return 0;
        offset += (uint)ip.HeaderLength;
        if (!ctx.TryLoad(offset, out TcpHeader tcp)) return 0;
        offset += (uint)tcp.HeaderLength;
        if (!ctx.TryLoad(offset, out Head head)) return 0;
        ReadOnlySpan<byte> text = head;
        switch (text)
        {
            case [(byte)'G', (byte)'E', (byte)'T', (byte)' ', ..]: gets++; break;
            case [(byte)'P', (byte)'O', (byte)'S', (byte)'T', ..]: posts++; break;
            default: others++; break;
        }
        return -1;
    }
}

/// <summary>Token bucket with 128-bit-ish math, checked, decimals.</summary>
[BpfObject(License = "GPL", CountFaults = true)]
internal sealed partial class Bucket
{
    public struct Tokens { public ulong Amount; public ulong Last; public BpfSpinLock Lock; }
    [BpfMap(MaxEntries = 1024)] static partial HashMap<IPv4Address, Tokens> Buckets { get; }
    static readonly ulong Rate = 1000, Burst = 100;
    [BpfProgram(BpfHook.Xdp)]
    static XdpAction Limit(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!(p.TryRead(out Ref<EthernetHeader> eth) && eth.Value.EtherType == EtherType.IPv4 && p.TryRead(out Ref<IPv4Header> ip))) return XdpAction.Pass;
        ulong now = Bpf.KtimeNanoseconds;
        if (!Buckets.TryGetRef(ip.Value.Source, out Ref<Tokens> bucket))
        {
            Buckets.TryAdd(ip.Value.Source, new Tokens { Amount = Burst - 1, Last = now });
            return XdpAction.Pass;
        }
        using (bucket.Value.Lock.Enter())
        {
            ulong earned = checked((now - bucket.Value.Last) * Rate / 1_000_000_000);
            if (earned > 0) { bucket.Value.Amount = Math.Min(bucket.Value.Amount + earned, Burst); bucket.Value.Last = now; }
            if (bucket.Value.Amount == 0) return XdpAction.Drop;
            bucket.Value.Amount--;
        }
        return XdpAction.Pass;
    }
}

/// <summary>IPv6 extension headers, VLANs, tuples of outs, goto.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class Parse
{
    [BpfMap(MaxEntries = 256)] static partial PerCpuArray<ulong> ByProtocol { get; }
    [BpfProgram(BpfHook.Xdp)]
    static XdpAction Count(XdpContext ctx)
    {
        PacketCursor p = ctx.Packet;
        if (!p.TryRead(out Ref<EthernetHeader> eth)) goto done;
        EtherType type = eth.Value.EtherType.Value;
        int tags = 0;
        while (tags < 3 && type is EtherType.Vlan)
        {
            if (!p.TryRead(out Ref<VlanHeader> tag)) goto done;
            type = tag.Value.EtherType.Value;
            tags++;
        }
        byte protocol;
        if (type == EtherType.IPv4) { if (!p.TryRead(out Ref<IPv4Header> ip)) goto done; protocol = (byte)ip.Value.Protocol; }
        else if (type == EtherType.IPv6)
        {
            if (!p.TryRead(out Ref<IPv6Header> ip)) goto done;
            protocol = (byte)ip.Value.NextHeader;
            for (int i = 0; i < 6; i++)
            {
                if (protocol is not (0 or 43 or 60)) break;
                if (!p.TryRead(out Ref<ushort> extension)) goto done;
                protocol = (byte)extension.Value;
                if (!p.TrySkip((uint)(extension.Value >> 8) * 8 + 6)) goto done;
            }
        }
        else protocol = 255;
        ByProtocol[protocol]++;
    done:
        return XdpAction.Pass;
    }
}

/// <summary>ForEach and cleanup; LPM; timers.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class Sessions
{
    public struct Session { public ulong Last; public uint Packets; public BpfTimer Timer; }
    [BpfMap(MaxEntries = 256)] static partial HashMap<IPv4Address, Session> Live { get; }
    [BpfMap(MaxEntries = 64)] static partial LpmTrie<IPv4Address, uint> Routes { get; }
    [BpfMap(MaxEntries = 64)] static partial HashMap<uint, ulong> Aged { get; }
    static uint expired;
    [BpfProgram(BpfHook.Xdp)]
    static XdpAction Touch(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out Ref<EthernetHeader> eth) || !p.TryRead(out Ref<IPv4Header> ip)) return XdpAction.Pass;
        IPv4Address source = ip.Value.Source;
        if (Routes.TryGetValue(new LpmKey<IPv4Address>(32, source), out uint action) && action == 1) return XdpAction.Drop;
        Live.TryAdd(source, default);
        if (!Live.TryGetRef(source, out Ref<Session> s)) return XdpAction.Pass;
        s.Value.Last = Bpf.KtimeNanoseconds; s.Value.Packets++;
        uint gone = 0;
        Aged.ForEach(ref gone, static (in key, ref value, ref g) => { if (value > 10) { Aged.Remove(key); g++; } else value++; return true; });
        expired += gone;
        return XdpAction.Pass;
    }
}

/// <summary>Perf event + stack, bit fields in headers, IPv6 compare.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class Six
{
    internal record struct Sender(IPv6Address From, ushort Port);
    static readonly IPv6Address Blocked;
    [BpfMap(MaxEntries = 32)] static partial HashMap<Sender, ulong> Seen { get; }
    [BpfProgram(BpfHook.Tc)]
    static TcAction Check(TcContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out Ref<EthernetHeader> eth) || eth.Value.EtherType != EtherType.IPv6 || !p.TryRead(out Ref<IPv6Header> ip)) return TcAction.Ok;
        if (ip.Value.Source == Blocked) return TcAction.Shot;
        if (ip.Value.NextHeader == IpProtocol.Udp && p.TryPeek(out Ref<UdpHeader> udp))
        {
            Sender key = new(ip.Value.Source, udp.Value.DestinationPort.Value);
            Seen.TryGetValue(key, out ulong n);
            Seen.Set(key, n + 1);
        }
        return TcAction.Ok;
    }
}
