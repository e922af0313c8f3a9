// A cursor that a long loop moves on is given to functions by reference, outside of the loop as well: those are put in the place of their calls, or the cursor would stay a pointer in
// the callback's frame, of which the verifier follows each place ("BPF program is too large").
[BpfObject(License = "GPL")]
public partial class CursorByReference
{
    public struct Input { public uint A; public byte B; public byte C; public ushort D; }
    [BpfMap(MaxEntries = 8)] public static partial ArrayMap<ulong> Results { get; }

    [MethodImpl(MethodImplOptions.NoInlining)] static bool TryHead(ref PacketCursor packet, out uint type)
    {
        type = 0;
        if (!packet.TryRead(out Ref<byte> first)) return false;
        type = first.Value;
        return type != 7 || packet.TrySkip(type & 3);
    }

    [MethodImpl(MethodImplOptions.NoInlining)] static bool TryOptions(ref PacketCursor packet, int length, out ulong sum)
    {
        sum = 0;
        foreach (uint i in Bpf.Range(40))
        {
            if (length <= 0) break;
            if (!packet.TryRead(out Ref<byte> kind)) return false;
            length--;
            if (kind.Value == 0) break;
            if (kind.Value == 1) continue;
            sum = sum * 3 + kind.Value;
            if (kind.Value == 5 && !packet.TrySkip(2)) return false;
        }
        return true;
    }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<Input> input)) return XdpAction.Pass;
        PacketCursor again = ctx.Packet;
        if (!TryHead(ref again, out uint type)) return XdpAction.Drop;
        if (!TryOptions(ref again, input.Value.B & 63, out ulong sum)) return XdpAction.Aborted;
        Results[0] += sum + type;
        if (TryHead(ref again, out type)) Results[1] += type;
        return XdpAction.Drop;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
