using BpfSharp.KernelTests.Raw;

namespace BpfSharp.KernelTests.Infrastructure;

public class SandboxTests
{
    [KernelFact(Needs = KernelNeeds.Veth)]
    public void VethPairCarriesDatagrams()
    {
        using var sandbox = new KernelSandbox();
        (VethEnd left, VethEnd right) = sandbox.AddVethPair();
        using var receiver = right.Namespace.Run(() => new System.Net.Sockets.UdpClient(new System.Net.IPEndPoint(System.Net.IPAddress.Any, 4242)));
        using var sender = left.Namespace.Run(() => new System.Net.Sockets.UdpClient());

        sender.Send([1, 2, 3], right.Address, 4242);

        System.Net.IPEndPoint? from = null;
        Assert.Equal([1, 2, 3], receiver.Receive(ref from));
        Assert.Equal(left.Address, from.Address.ToString());
    }

    [KernelFact]
    public void DisposingRemovesEverythingAlsoWhenTheTestFailed()
    {
        string folder = "", bpffs = "", cgroup = "", ns = "";
        Assert.Throws<InvalidOperationException>(FailInSandbox);
        Assert.All([folder, bpffs, cgroup, ns], path => Assert.False(Path.Exists(path), path));

        void FailInSandbox()
        {
            using var sandbox = new KernelSandbox();
            folder = sandbox.TemporaryFolder;
            bpffs = sandbox.MountBpffs();
            cgroup = sandbox.AddCgroup().Path;
            ns = sandbox.AddNetworkNamespace().Path;
            using var map = RawBpf.CreateMap(2, 4, 4, 1);
            using var attr = new BpfAttr();
            Assert.Equal(0, RawBpf.Call(BpfCommand.ObjPin, attr.Point(0, Path.Combine(bpffs, "map")).Set(8, map)));
            Assert.True(Directory.Exists(folder) && Directory.Exists(bpffs) && Directory.Exists(cgroup) && File.Exists(ns));
            throw new InvalidOperationException("as a failing test would");
        }
    }

    [KernelFact(Needs = KernelNeeds.Cgroup2)]
    public void CgroupHoldsTheTestProcessOnlyWhileItRuns()
    {
        using var sandbox = new KernelSandbox();
        Cgroup cgroup = sandbox.AddCgroup();
        string processes = Path.Combine(cgroup.Path, "cgroup.procs");
        string self = Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture);

        cgroup.Run(() => Assert.Contains(self, File.ReadAllLines(processes)));

        Assert.DoesNotContain(self, File.ReadAllLines(processes));
    }
}
