// A callback's state decides what later rounds do. Kernels before 6.7 look at a callback once, and removed the code of the later rounds (6.1: 0x100 instead of 0xCE).
[BpfObject(License = "GPL")]
public partial class LoopStateOnce
{
    public static uint g0, g1;

    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)0x5AFE)]
    static XdpAction Run(XdpContext ctx)
    {
        uint total = 0, found = 0;
        bool flag = false;
        foreach (uint i in Bpf.Range(200))
        {
            if (total > 1000) found += 3;
            if (flag) g1++;
            if (i == 150) flag = true;
            total += i;
        }
        g0 = total;
        if (flag) found ^= 0x100;
        return (XdpAction)found;
    }

    public static int Execute(byte[] packet) => (int)Run(new XdpContext(packet));
}
