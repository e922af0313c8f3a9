// A cursor in a ref struct that a loop of many ways moves on, with loops of its own: no cursor for the pass that knows them (more than a million instructions on every kernel).
[BpfObject(License = "GPL")]
public partial class ProtobufFields
{
    public static uint g0, g1, g2;

    ref struct Parser
    {
        PacketCursor _packet;
        public uint Count;
        public Parser(PacketCursor packet) => _packet = packet;
        public bool Next(out byte value)
        {
            value = 0;
            if (!_packet.TryRead(out Ref<byte> b)) return false;
            value = b.Value;
            Count++;
            return true;
        }
        public bool Varint(out ulong number)
        {
            number = 0;
            for (int shift = 0; shift < 63; shift += 7)
            {
                if (!Next(out byte b)) return false;
                number |= (ulong)(b & 0x7F) << shift;
                if (b < 0x80) return true;
            }
            return false;
        }
        public bool Skip(uint bytes) => _packet.TrySkip(bytes);
        public readonly uint Remaining => _packet.Remaining;
    }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        Parser parser = new(ctx.Packet);
        ulong sum = 0;
        // protobuf
        foreach (uint i in Bpf.Range(64))
        {
            if (!parser.Varint(out ulong key)) break;
            switch (key & 7)
            {
                case 0: if (!parser.Varint(out ulong v)) return XdpAction.Drop; sum += v; break;
                case 1: if (!parser.Skip(8)) return XdpAction.Drop; break;
                case 2: if (!parser.Varint(out ulong length) || length > 1000 || !parser.Skip((uint)length)) return XdpAction.Tx; g0++; break;
                case 5: if (!parser.Skip(4)) return XdpAction.Drop; break;
                default: g1 = (uint)key; return (XdpAction)parser.Remaining;
            }
        }
        g2 = parser.Count;
        return (XdpAction)(uint)sum;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
