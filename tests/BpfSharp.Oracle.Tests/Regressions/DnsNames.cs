// Names of the DNS, copied byte by byte by an ordinary loop: what is behind it was followed once for each length (more than a million instructions on every kernel).
[BpfObject(License = "GPL")]
public partial class DnsNames
{
    // DNS names into a buffer, byte by byte; label compression noted; counts per hash
    [InlineArray(64)] public struct Name { private byte first; }
    public struct Query { public Name Name; public byte Length; public ushort Type; }
    public struct DnsHeader { public BigEndian<ushort> Id, Flags, Questions, Answers, Authority, Additional; public readonly bool IsResponse => (Flags.Value & 0x8000) != 0; }
    public struct Tail { public BigEndian<ushort> Type, Class; }
    public struct Answer { public BigEndian<ushort> Name, Type, Class; public BigEndian<ushort> TtlHigh, TtlLow, Length; }

    [BpfMap(MaxEntries = 16)] public static partial HashMap<Query, uint> Names { get; }
    [BpfMap(MaxEntries = 1)] public static partial ArrayMap<Query> Scratch { get; }
    [BpfMap(MaxEntries = 64)] public static partial ArrayMap<uint> Hist { get; }
    public static uint g0, g1;

    static bool TryName(ref PacketCursor packet, ref Query query)
    {
        int at = 0;
        byte left = 0;
        for (int i = 0; i < 63; i++)
        {
            if (!packet.TryRead(out Ref<byte> c)) return false;
            if (left == 0)
            {
                if (c.Value == 0) { query.Length = (byte)at; return true; }
                if ((c.Value & 0xC0) != 0) return packet.TrySkip(1);
                left = c.Value;
                if (at != 0) query.Name[at++] = (byte)'.';
                continue;
            }
            byte lower = c.Value is >= (byte)'A' and <= (byte)'Z' ? (byte)(c.Value | 0x20) : c.Value;
            query.Name[at++] = lower;
            left--;
        }
        return false;
    }

    static uint Fnv(ReadOnlySpan<byte> text)
    {
        uint hash = 2166136261;
        foreach (byte b in text) hash = unchecked((hash ^ b) * 16777619);
        return hash;
    }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<EthernetHeader> eth) || eth.Value.EtherType != EtherType.IPv4) return XdpAction.Pass;
        if (!packet.TryRead(out Ref<IPv4Header> ip) || ip.Value is not { Version: 4, Protocol: IpProtocol.Udp }) return XdpAction.Pass;
        if (!packet.TryRead(out Ref<UdpHeader> udp)) return XdpAction.Pass;
        if (udp.Value.DestinationPort.Value != 53 && udp.Value.SourcePort.Value != 53) return XdpAction.Pass;
        if (!packet.TryRead(out Ref<DnsHeader> dns)) return XdpAction.Drop;
        Query query = default;
        if (dns.Value.Questions.Value != 1 || !TryName(ref packet, ref query)) return XdpAction.Drop;
        if (!packet.TryRead(out Ref<Tail> tail)) return XdpAction.Drop;
        query.Type = tail.Value.Type;
        uint hash = Fnv(((ReadOnlySpan<byte>)query.Name)[..query.Length]);
        Hist[hash & 63]++;
        if (!Names.TryGetRef(query, out Ref<uint> count)) Names.TryAdd(query, 1);
        else Interlocked.Add(ref count.Value, 1);
        Scratch[0] = query;
        int answers = Math.Min((int)dns.Value.Answers.Value, 4);
        for (int i = 0; i < answers; i++)
        {
            if (!packet.TryRead(out Ref<Answer> answer)) break;
            if ((answer.Value.Name & 0xC000) != 0xC000) break;
            uint ttl = (uint)answer.Value.TtlHigh.Value << 16 | answer.Value.TtlLow;
            g0 += ttl;
            switch (answer.Value.Type.Value, answer.Value.Length.Value)
            {
                case (1, 4) when packet.TryPeek(out Ref<IPv4Address> address): g1 ^= Unsafe.BitCast<IPv4Address, uint>(address.Value); break;
                case (28, 16) when packet.TryPeek(out Ref<IPv6Address> address6): g1 ^= address6.Value == default ? 1u : 2u; break;
            }
            if (!packet.TrySkip(answer.Value.Length)) break;
        }
        if (((ReadOnlySpan<byte>)query.Name)[..query.Length].EndsWith(".com"u8)) return XdpAction.Tx;
        return XdpAction.Pass;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
