// Loops in a loop that move a cursor, and another cursor that it is copied to, given by value: as callbacks "R1 offset is outside of the packet".
[BpfObject(License = "GPL")]
public partial class CopiedCursors
{
    [BpfMap(MaxEntries = 16)] public static partial ArrayMap<uint> Hist { get; }
    public static uint g0, g1, g2;

    // records: type, length, elements of one byte; nested loops with a cursor, another one kept for going back
    static uint Record(ref PacketCursor packet, uint length)
    {
        uint sum = 0;
        foreach (uint j in Bpf.Range(length))
        {
            if (!packet.TryRead(out Ref<byte> b)) break;
            if (b.Value > 200) { g0++; continue; }
            if ((b.Value & 1) != 0) sum += b.Value;
            if ((b.Value & 2) != 0) Hist[b.Value & 15u]++;
            if ((b.Value & 4) != 0) sum ^= j;
            if ((b.Value & 8) != 0 && !packet.TrySkip((uint)(b.Value >> 4))) return sum;
            if ((b.Value & 16) != 0) g1 += sum;
            if (b.Value == 77) break;
        }
        return sum;
    }

    static XdpAction Parse(PacketCursor packet)
    {
        PacketCursor start = packet;
        uint total = 0;
        foreach (uint i in Bpf.Range(33))
        {
            if (!packet.TryRead(out Ref<ushort> head)) break;
            switch (head.Value & 7)
            {
                case 0: total++; break;
                case 1: total += Record(ref packet, (uint)head.Value >> 12); break;
                case 2: if (!packet.TrySkip(head.Value & 31u)) return XdpAction.Tx; break;
                case 3: start = packet; break;
                case 4 when total > 1000: return (XdpAction)total;
                case 5: if (packet.TryPeek(out Ref<uint> word)) total ^= word.Value; break;
                default: if (start.TryPeek(out Ref<byte> first)) total += first.Value; break;
            }
        }
        g2 = packet.Remaining;
        if (!packet.TrySkip(total & 0x7FFF)) return start.TryPeek(out Ref<ushort> s) ? (XdpAction)s.Value : XdpAction.Drop;
        return packet.TryRead(out Ref<byte> last) ? (XdpAction)last.Value : XdpAction.Pass;
    }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<ulong> x)) return XdpAction.Drop;
        return Parse(packet);
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
