// A reference to a local, made in a loop of unknown length and used behind a way out of it, was stored by the loop's callback in its caller's frame.
[BpfObject(License = "GPL")]
public partial class RefInRange
{
    public struct Sums { public ulong Even; public ulong Odd; }

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        if (!packet.TryRead(out Ref<uint> input)) return XdpAction.Pass;
        Sums sums = default;
        foreach (uint i in Bpf.Range(input.Value & 63))
        {
            ref ulong odd = ref sums.Odd;
            if ((i & 1) == 0)
            {
                sums.Even += i;
                continue;
            }
            odd += i;
            try
            {
                if (odd > 500) return (XdpAction)(odd - sums.Even);
            }
            finally
            {
                ref ulong even = ref sums.Even;
                even += odd & 3;
            }
        }
        return (XdpAction)(sums.Even ^ sums.Odd);
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
