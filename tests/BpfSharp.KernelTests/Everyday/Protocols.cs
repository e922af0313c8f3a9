using System.Runtime.CompilerServices;
using BpfSharp.Kernel;

#pragma warning disable CS0649 // Set by user space.
namespace BpfSharp.KernelTests.Everyday;

/// <summary>The server's name in the first message of TLS: lengths of lengths, a cursor that is moved on a dozen times.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class ServerNames
{
    [InlineArray(32)] public struct Host { private byte _e; }
    [BpfMap(MaxEntries = 64)] static partial HashMap<Host, byte> Blocked { get; }
    [BpfMap(MaxEntries = 64)] static partial LruHashMap<Host, ulong> Seen { get; }
    static int state, lastLength;
    static bool TryU16(ref PacketCursor p, out uint v) { if (p.TryRead(out Ref<BigEndian<ushort>> r)) { v = r.Value.Value; return true; } v = 0; return false; }
    static bool TryHello(ref PacketCursor p, scoped ref Host host)
    {
        // record: type, version, length; handshake: type, length24, version, random32
        if (!p.TryRead(out Ref<byte> type) || type.Value != 22 || !p.TrySkip(4)) return false;
        state = 1;
        if (!p.TryRead(out Ref<byte> hello) || hello.Value != 1 || !p.TrySkip(3 + 2 + 32)) return false;
        state = 2;
        if (!p.TryRead(out Ref<byte> session) || !p.TrySkip(session.Value)) return false;
        if (!TryU16(ref p, out uint ciphers) || !p.TrySkip(ciphers)) return false;
        if (!p.TryRead(out Ref<byte> methods) || !p.TrySkip(methods.Value)) return false;
        state = 3;
        if (!TryU16(ref p, out _)) return false;
        for (int i = 0; i < 12; i++)
        {
            if (!TryU16(ref p, out uint kind) || !TryU16(ref p, out uint length)) return false;
            if (kind != 0) { if (!p.TrySkip(length)) return false; continue; }
            state = 4;
            if (!p.TrySkip(3) || !TryU16(ref p, out uint nameLength)) return false;
            lastLength = (int)nameLength;
            int n = Math.Min((int)nameLength, 32);
            for (int k = 0; k < n; k++)
            {
                if (!p.TryRead(out Ref<byte> c)) return false;
                host[k] = c.Value;
            }
            return true;
        }
        return false;
    }
    [BpfProgram(BpfHook.Xdp)]
    static XdpAction Run(XdpContext ctx)
    {
        state = 0;
        var p = ctx.Packet;
        if (!p.TryRead(out Ref<EthernetHeader> _) || !p.TryRead(out Ref<IPv4Header> _) || !p.TryRead(out Ref<TcpHeader> tcp)) return XdpAction.Pass;
        if (tcp.Value.DestinationPort != 443 || !p.TrySkip((uint)Math.Max(tcp.Value.HeaderLength - 20, 0))) return XdpAction.Pass;
        Host host = default;
        if (!TryHello(ref p, ref host)) return XdpAction.Pass;
        Seen.TryGetValue(host, out ulong n);
        Seen.Set(host, n + 1);
        return Blocked.Contains(host) ? XdpAction.Drop : XdpAction.Tx;
    }
}

/// <summary>TCP options by a reader of its own, a ref struct around a cursor.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class OptionReaders
{
    ref struct OptionReader(PacketCursor packet, int length)
    {
        private PacketCursor _packet = packet; private int _left = length;
        public byte Kind { get; private set; }
        public byte Length { get; private set; }
        public bool MoveNext()
        {
            for (int i = 0; i < 4; i++)
            {
                if (_left < 1 || !_packet.TryRead(out Ref<byte> kind) || kind.Value == 0) return false;
                Kind = kind.Value;
                _left--;
                if (Kind == 1) continue;
                if (_left < 1 || !_packet.TryRead(out Ref<byte> size) || size.Value < 2) return false;
                Length = (byte)(size.Value - 2);
                _left -= size.Value - 1;
                return true;
            }
            return false;
        }
        public bool TryValue<T>(out T value) where T : unmanaged { if (_packet.TryPeek(out Ref<T> r)) { value = r.Value; return true; } value = default; return false; }
        public bool Skip() => _packet.TrySkip(Length);
    }
    public record struct Options(ushort Mss, byte Scale, bool SackPermitted, uint Timestamp);
    [BpfMap(MaxEntries = 64)] static partial HashMap<Options, ulong> Fingerprints { get; }
    static Options last;
    [BpfProgram(BpfHook.Xdp)]
    static XdpAction Run(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out Ref<EthernetHeader> _) || !p.TryRead(out Ref<IPv4Header> _) || !p.TryRead(out Ref<TcpHeader> tcp)) return XdpAction.Pass;
        OptionReader reader = new(p, tcp.Value.HeaderLength - 20);
        Options o = default;
        for (int i = 0; i < 8 && reader.MoveNext(); i++)
        {
            switch ((reader.Kind, reader.Length))
            {
                case (2, 2) when reader.TryValue(out BigEndian<ushort> mss): o.Mss = mss; break;
                case (3, 1) when reader.TryValue(out byte scale): o.Scale = scale; break;
                case (4, 0): o.SackPermitted = true; break;
                case (8, 8) when reader.TryValue(out BigEndian<uint> ts): o = o with { Timestamp = ts.Value & 0xff000000 }; break;
            }
            if (!reader.Skip()) break;
        }
        last = o;
        if (Fingerprints.TryGetRef(o, out var n)) Interlocked.Increment(ref n.Value); else Fingerprints.TryAdd(o, 1);
        return o is { Mss: >= 1000, SackPermitted: true } ? XdpAction.Pass : XdpAction.Drop;
    }
}

/// <summary>SYN cookies: references to two headers in a ref struct with a primary constructor, property patterns on them.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class SynCookies
{
    static ulong issued, valid, invalid;
    static readonly ulong Key0 = 0x1234567890abcdef, Key1 = 0xfedcba0987654321;
    static uint minute;
    readonly ref struct Connection(ref IPv4Header ip, ref TcpHeader tcp)
    {
        public readonly ref IPv4Header Ip = ref ip; public readonly ref TcpHeader Tcp = ref tcp;
        public uint Cookie(uint count, uint mss) { ulong h = Key0 ^ Unsafe.BitCast<IPv4Address, uint>(Ip.Source); h = (h ^ h >> 29) * 0xbf58476d1ce4e5b9 + Unsafe.BitCast<IPv4Address, uint>(Ip.Destination); h = (h ^ h >> 32) * 0x94d049bb133111eb + ((uint)Tcp.SourcePort.Value << 16 | Tcp.DestinationPort.Value); h ^= Key1 + count; return (uint)(h ^ h >> 32) << 8 >> 8 | (mss & 7) << 24 | (count & 31) << 27; }
    }
    [BpfProgram(BpfHook.Xdp)]
    static XdpAction Run(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out Ref<EthernetHeader> eth) || eth.Value.EtherType != EtherType.IPv4 || !p.TryRead(out Ref<IPv4Header> ip) || ip.Value.Protocol != IpProtocol.Tcp || !p.TryRead(out Ref<TcpHeader> tcp)) return XdpAction.Pass;
        Connection c = new(ref ip.Value, ref tcp.Value);
        minute++;
        switch (c.Tcp)
        {
            case { Syn: true, Ack: false }:
                uint cookie = c.Cookie(minute >> 3, 3);
                c.Tcp.AcknowledgmentNumber = c.Tcp.SequenceNumber + 1;
                c.Tcp.SequenceNumber = cookie;
                (c.Tcp.SourcePort, c.Tcp.DestinationPort) = (c.Tcp.DestinationPort, c.Tcp.SourcePort);
                c.Tcp.HeaderLengthAndFlags = (ushort)(c.Tcp.HeaderLengthAndFlags & 0xf000 | 0x12);
                (c.Ip.Source, c.Ip.Destination) = (c.Ip.Destination, c.Ip.Source);
                issued++;
                return XdpAction.Tx;
            case { Ack: true, Syn: false, Rst: false }:
                uint got = c.Tcp.AcknowledgmentNumber - 1, age = (minute >> 3) - (got >> 27) & 31;
                if (age > 2 || got != c.Cookie((minute >> 3) - age, got >> 24 & 7)) { invalid++; return XdpAction.Drop; }
                valid++;
                return XdpAction.Pass;
            default: return XdpAction.Drop;
        }
    }
}

/// <summary>An HTTP request's first line: list patterns, searches and slices of the packet.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class Requests
{
    [InlineArray(64)] public struct Head { private byte _e; }
    enum Verb : byte { Other, Get, Post, Put, Delete, Head }
    static int pathStart, pathLength, version; static uint digits;
    static Verb Parse(ReadOnlySpan<byte> s, out int at)
    {
        (Verb v, at) = s switch
        {
            [(byte)'G', (byte)'E', (byte)'T', (byte)' ', ..] => (Verb.Get, 4),
            [(byte)'P', (byte)'O', (byte)'S', (byte)'T', (byte)' ', ..] => (Verb.Post, 5),
            [(byte)'P', (byte)'U', (byte)'T', (byte)' ', ..] => (Verb.Put, 4),
            [(byte)'H' or (byte)'h', _, _, _, (byte)' ', ..] => (Verb.Head, 5),
            _ when s.StartsWith("DELETE "u8) => (Verb.Delete, 7),
            _ => (Verb.Other, 0),
        };
        return v;
    }
    static bool TryDigits(ReadOnlySpan<byte> s, out uint value)
    {
        value = 0;
        foreach (byte b in s) { if (b is not (>= (byte)'0' and <= (byte)'9' and var d)) return false; value = value * 10 + (uint)(d - '0'); }
        return s.Length > 0;
    }
    [BpfProgram(BpfHook.Xdp)]
    static XdpAction Run(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out Ref<Head> head)) return XdpAction.Pass;
        ReadOnlySpan<byte> s = head.Value;
        Verb verb = Parse(s, out int at);
        if (verb == Verb.Other) return XdpAction.Drop;
        pathStart = at;
        ReadOnlySpan<byte> rest = s[at..];
        int end = rest.IndexOf((byte)' ');
        pathLength = end;
        if (end < 0) return XdpAction.Drop;
        if (rest[..6].SequenceEqual("/item/"u8)) digits = TryDigits(rest.Slice(6, 3), out uint d) ? d : 0;
        version = rest.Length - end > 9 && rest[(end + 1)..].StartsWith("HTTP/1."u8) ? rest[end + 8] - '0' : -1;
        return (XdpAction)(int)verb;
    }
}

/// <summary>A count-min sketch in a map: arrays of arrays, columns by hashes.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class CountSketches
{
    const int Width = 128, Depth = 4;
    [InlineArray(Width)] public struct Row { private uint _e; }
    [InlineArray(Depth)] public struct Rows { private Row _e; }
    public struct Sketch { public Rows Rows; public ulong Total; }
    static ReadOnlySpan<uint> Seeds => [0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F];
    [BpfMap(MaxEntries = 1)] static partial ArrayMap<Sketch> Sketches { get; }
    static uint heaviest; static uint most;
    static uint Column(uint key, int row) { uint h = (key ^ (key >> 15)) * Seeds[row]; return (h ^ (h >> 13)) % Width; }
    static uint Add(ref Sketch s, uint key)
    {
        uint estimate = uint.MaxValue;
        for (int r = 0; r < Depth; r++) { ref uint cell = ref s.Rows[r][(int)Column(key, r)]; cell++; estimate = Math.Min(estimate, cell); }
        s.Total++;
        return estimate;
    }
    [BpfProgram(BpfHook.Xdp)]
    static XdpAction Run(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out Ref<uint> key)) return XdpAction.Pass;
        ref Sketch s = ref Sketches[0];
        uint n = Add(ref s, key.Value & 7);
        if (n > most) (most, heaviest) = (n, key.Value & 7);
        return n * 4 > s.Total && s.Total > 16 ? XdpAction.Drop : XdpAction.Pass;
    }
}
