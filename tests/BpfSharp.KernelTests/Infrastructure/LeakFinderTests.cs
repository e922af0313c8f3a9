using BpfSharp.KernelTests.Raw;

namespace BpfSharp.KernelTests.Infrastructure;

/// <summary>The leak check is worth something only if it sees leaks.</summary>
public class LeakFinderTests
{
    [KernelFact]
    public void OpenMapsAndProgramsAreFoundUntilTheyAreClosed()
    {
        int before = KernelObjects.HeldByThisProcess().Count();
        using (RawBpf.CreateMap(2, 4, 4, 1))
        using (RawBpf.LoadReturn(ProgramType.SocketFilter))
        {
            IEnumerable<string> held = KernelObjects.HeldByThisProcess();
            Assert.Contains(held, h => h.StartsWith("map ", StringComparison.Ordinal));
            Assert.Contains(held, h => h.StartsWith("prog ", StringComparison.Ordinal));
        }

        Assert.Equal(before, KernelObjects.HeldByThisProcess().Count());
    }

    [KernelFact(Needs = KernelNeeds.RawTracepoints)]
    public void AnOpenLinkIsFound()
    {
        using var program = RawBpf.LoadReturn(ProgramType.RawTracepoint);
        using var link = RawBpf.OpenRawTracepoint(program, "sys_enter");
        Assert.Contains(KernelObjects.HeldByThisProcess(), h => h.StartsWith("link ", StringComparison.Ordinal));
    }

    [KernelFact(Needs = KernelNeeds.CgroupBpf)]
    public void AProgramThatOnlyItsAttachmentHoldsIsFound()
    {
        using var sandbox = new KernelSandbox();
        using var cgroup = sandbox.AddCgroup().Open();
        uint id;
        using (var program = RawBpf.LoadReturn(ProgramType.CgroupSkb, 1, AttachType.CgroupInetIngress))
        {
            id = BitConverter.ToUInt32(RawBpf.Info(program)!, 4);
            using var attr = new BpfAttr();
            Assert.Equal(0, RawBpf.Call(BpfCommand.ProgAttach, attr.Set(0, cgroup).Set(4, program).Set(8, AttachType.CgroupInetIngress)));
        }

        Assert.Contains(KernelObjects.NewAndHeldByNobody(), o => o.StartsWith($"prog {id} ", StringComparison.Ordinal));
    }

    [KernelFact]
    public void AnythingLeftOfASandboxIsFound()
    {
        using var sandbox = new KernelSandbox();
        sandbox.MountBpffs();
        sandbox.AddNetworkNamespace();
        sandbox.AddCgroup();
        List<string> left = [.. Leftovers.Find(KernelSandbox.Prefix)];
        Assert.All(["mount", "namespace", "cgroup", "folder"], kind => Assert.Contains(left, l => l.StartsWith(kind, StringComparison.Ordinal)));
    }
}
