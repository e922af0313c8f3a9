using BpfSharp.Objects.Kernel;
using BpfSharp.Programs;

namespace BpfSharp.Tests.Programs;

public class HookTests
{
    [Theory]
    [InlineData("tracepoint", AttachMethod.Tracepoint)]
    [InlineData("kretsyscall", AttachMethod.Kretprobe)]
    [InlineData("fexit.s", AttachMethod.Tracing)]
    [InlineData("lsm_cgroup", AttachMethod.Cgroup)]
    [InlineData("iter.s", AttachMethod.Iterator)]
    [InlineData("tcx/egress", AttachMethod.Tcx)]
    [InlineData("netkit/peer", AttachMethod.Netkit)]
    [InlineData("cgroup/connect4", AttachMethod.Cgroup)]
    [InlineData("xdp.frags/devmap", AttachMethod.None)]
    [InlineData("syscall", AttachMethod.None)]
    internal void EachHookIsAttachedItsWay(string prefix, AttachMethod method) => Assert.Equal(method, AttachMethods.Of(Hooks.Find(prefix)));

    [LibbpfFact]
    public unsafe void LibbpfHasTheSameTypesForTheSections()
    {
        int compared = 0;
        foreach (Hook hook in Hooks.All)
        {
            // Of the sections that only exist with a target, libbpf wants one.
            int type = 0, attachType = 0;
            if (Libbpf.Find(hook.Prefix, &type, &attachType) < 0 && Libbpf.Find(hook.Prefix + "/x", &type, &attachType) < 0) continue;
            compared++;
            Assert.Equal((hook.Prefix, hook.ProgramType), (hook.Prefix, (ProgramType)type));
            // libbpf 1.1 attaches tc sections the old way.
            if (hook.Prefix.StartsWith("tc/", StringComparison.Ordinal)) continue;
            Assert.Equal((hook.Prefix, hook.AttachType ?? 0), (hook.Prefix, (AttachType)attachType));
        }

        Assert.True(compared > 70, $"libbpf knew {compared} sections only");
    }
}
