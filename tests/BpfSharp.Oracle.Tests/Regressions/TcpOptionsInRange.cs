// The same over Bpf.Range: as a callback, what the rounds leave in the frame was followed for each combination of the fields that were written and of the ways out; before 5.17
// forty ordinary rounds (more than a million instructions on every kernel).
[BpfObject(License = "GPL")]
public partial class TcpOptionsInRange
{
    // VLAN, IPv6 extension headers, TCP options, conntrack with padded keys
    public struct FlowKey { public IPv4Address Source; public IPv4Address Destination; public BigEndian<ushort> SourcePort; public BigEndian<ushort> DestinationPort; public IpProtocol Protocol; }
    public enum State : byte { None, SynSent, Established, FinWait, Closed }
    public struct Flow { public State State; public byte Scale; public ushort Mss; public ulong Packets; public ulong Bytes; public uint LastSeq; }
    public struct Options { public ushort Mss; public byte Scale; public bool Sack; public uint Timestamp; public uint Echo; public int Count; }

    [BpfMap(MaxEntries = 64)] public static partial HashMap<FlowKey, Flow> Flows { get; }
    [BpfMap(MaxEntries = 32)] public static partial ArrayMap<ulong> Counters { get; }
    public static uint g0, g1;

    static bool TryEther(ref PacketCursor packet, out EtherType type)
    {
        type = default;
        if (!packet.TryRead(out Ref<EthernetHeader> eth)) return false;
        type = eth.Value.EtherType;
        for (int i = 0; i < 2 && type is EtherType.Vlan or EtherType.ServiceVlan; i++)
        {
            if (!packet.TryRead(out Ref<VlanHeader> vlan)) return false;
            Counters[(uint)vlan.Value.VlanId % 8]++;
            type = vlan.Value.EtherType;
        }
        return true;
    }

    static bool TryOptions(ref PacketCursor packet, int length, out Options options)
    {
        options = default;
        foreach (uint i in Bpf.Range(40))
        {
            if (length <= 0) break;
            if (!packet.TryRead(out Ref<byte> kind)) return false;
            length--;
            if (kind.Value == 0) break;
            if (kind.Value == 1) continue;
            if (!packet.TryRead(out Ref<byte> size)) return false;
            int rest = size.Value - 2;
            length -= size.Value - 1;
            if (rest < 0 || length < 0) return false;
            options.Count++;
            switch (kind.Value)
            {
                case 2 when rest == 2:
                    if (!packet.TryRead(out Ref<BigEndian<ushort>> mss)) return false;
                    options.Mss = mss.Value;
                    continue;
                case 3 when rest == 1:
                    if (!packet.TryRead(out Ref<byte> scale)) return false;
                    options.Scale = Math.Min(scale.Value, (byte)14);
                    continue;
                case 4: options.Sack = true; break;
                case 8 when rest == 8:
                    if (!packet.TryRead(out Ref<BigEndian<uint>> time) || !packet.TryRead(out Ref<BigEndian<uint>> echo)) return false;
                    (options.Timestamp, options.Echo) = (time.Value, echo.Value);
                    continue;
            }
            if (!packet.TrySkip((uint)rest)) return false;
        }
        return true;
    }

    static State Next(State state, in TcpHeader tcp) => (state, tcp) switch
    {
        (_, { Rst: true }) => State.Closed,
        (State.None, { Syn: true, Ack: false }) => State.SynSent,
        (State.SynSent, { Syn: true, Ack: true }) => State.Established,
        (State.Established, { Fin: true }) => State.FinWait,
        (State.FinWait, { Ack: true }) => State.Closed,
        _ => state,
    };

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        uint bytes = packet.Remaining;
        if (!TryEther(ref packet, out EtherType type)) return XdpAction.Drop;
        IpProtocol protocol;
        FlowKey key = default;
        switch (type)
        {
            case EtherType.IPv4:
            {
                if (!packet.TryPeek(out Ref<IPv4Header> ip) || ip.Value.HeaderLength < 20) return XdpAction.Drop;
                key.Source = ip.Value.Source;
                key.Destination = ip.Value.Destination;
                protocol = ip.Value.Protocol;
                if (!packet.TrySkip((uint)ip.Value.HeaderLength)) return XdpAction.Drop;
                break;
            }
            case EtherType.IPv6:
            {
                if (!packet.TryRead(out Ref<IPv6Header> ip)) return XdpAction.Drop;
                protocol = ip.Value.NextHeader;
                for (int i = 0; i < 6; i++)
                {
                    if ((byte)protocol is not (0 or 43 or 44 or 51 or 60)) break;
                    if (!packet.TryPeek(out Ref<ushort> next)) return XdpAction.Drop;
                    byte length = (byte)(next.Value >> 8);
                    uint skip = (byte)protocol switch { 44 => 8u, 51 => (length + 2u) * 4, _ => (length + 1u) * 8 };
                    protocol = (IpProtocol)(byte)next.Value;
                    g0++;
                    if (!packet.TrySkip(skip)) return XdpAction.Drop;
                }
                break;
            }
            default: return XdpAction.Pass;
        }
        key.Protocol = protocol;
        if (protocol != IpProtocol.Tcp)
        {
            if (!packet.TryRead(out Ref<UdpHeader> udp)) return XdpAction.Pass;
            key.SourcePort = udp.Value.SourcePort;
            key.DestinationPort = udp.Value.DestinationPort;
            if (Flows.TryGetRef(key, out Ref<Flow> known)) known.Value.Bytes += udp.Value.Length;
            else Flows.TryAdd(key, new Flow { State = State.Established, Packets = 1, Bytes = udp.Value.Length.Value });
            return XdpAction.Tx;
        }
        if (!packet.TryRead(out Ref<TcpHeader> tcp)) return XdpAction.Drop;
        key.SourcePort = tcp.Value.SourcePort;
        key.DestinationPort = tcp.Value.DestinationPort;
        if (!TryOptions(ref packet, tcp.Value.HeaderLength - 20, out Options options)) return XdpAction.Aborted;
        Counters[8 + (uint)options.Count % 4] += options.Timestamp;
        if (!Flows.TryGetRef(key, out Ref<Flow> flow))
        {
            Flow made = new() { State = Next(State.None, tcp.Value), Mss = options.Mss, Scale = options.Scale, Packets = 1, Bytes = bytes, LastSeq = tcp.Value.SequenceNumber };
            return Flows.TryAdd(key, made) ? XdpAction.Pass : XdpAction.Drop;
        }
        flow.Value.State = Next(flow.Value.State, tcp.Value);
        flow.Value.Packets++;
        flow.Value.Bytes += bytes;
        if (flow.Value.State == State.Closed) Flows.Remove(key);
        g1 += (uint)options.Mss << options.Scale;
        return options.Sack ? XdpAction.Tx : XdpAction.Pass;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
