// A loop counter that is also a map's key stayed in memory, so that the verifier did not see the loop end.
[BpfObject(License = "GPL")]
public partial class CounterAsKey
{
    [BpfMap(MaxEntries = 8)] public static partial HashMap<int, ulong> Table { get; }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<ulong> input)) return XdpAction.Pass;
        int n = 0;
        while (n < 6)
        {
            n++;
            if (input.Value > 7) Table.Set(n, input.Value);
            else Table.Remove(n);
        }
        return (XdpAction)n;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
