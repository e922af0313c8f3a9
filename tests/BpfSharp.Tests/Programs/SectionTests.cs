using BpfSharp.Programs;

namespace BpfSharp.Tests.Programs;

public class SectionTests
{
    [Theory]
    [InlineData("tracepoint/raw_syscalls/sys_enter", BpfProgramType.Tracepoint, null, "raw_syscalls/sys_enter")]
    [InlineData("?tp/sched/sched_switch", BpfProgramType.Tracepoint, null, "sched/sched_switch")]
    [InlineData("xdp", BpfProgramType.Xdp, BpfAttachType.Xdp, "")]
    [InlineData("xdp.frags/cpumap", BpfProgramType.Xdp, BpfAttachType.XdpCpumap, "")]
    [InlineData("fentry.s/do_unlinkat", BpfProgramType.Tracing, BpfAttachType.TraceFentry, "do_unlinkat")]
    [InlineData("uprobe//usr/bin/bash:readline", BpfProgramType.Kprobe, null, "/usr/bin/bash:readline")]
    [InlineData("cgroup/sock_create", BpfProgramType.CgroupSocket, BpfAttachType.CgroupInetSockCreate, "")]
    public void SectionSaysTypeAttachTypeAndTarget(string section, BpfProgramType type, BpfAttachType? attachType, string target)
    {
        (SectionDefinition definition, string found) = SectionDefinition.Find(section)!.Value;
        Assert.Equal((type, attachType, target), (definition.Type, definition.AttachType, found));
    }

    [Theory]
    [InlineData("tracepoints/x")]
    [InlineData("mine")]
    [InlineData("")]
    public void OtherNamesSayNothing(string section) => Assert.Null(SectionDefinition.Find(section));

    [Fact]
    public void NoSectionHidesALaterOne()
    {
        foreach (SectionDefinition definition in SectionDefinition.All)
            Assert.Equal(definition, SectionDefinition.Find(definition.Prefix)!.Value.Definition);
    }

    [LibbpfFact]
    public unsafe void LibbpfSaysTheSame()
    {
        int compared = 0;
        foreach (SectionDefinition definition in SectionDefinition.All)
        {
            // Of the sections that only exist with a target, libbpf wants one.
            int type = 0, attachType = 0;
            if (Libbpf.Find(definition.Prefix, &type, &attachType) < 0 && Libbpf.Find(definition.Prefix + "/x", &type, &attachType) < 0) continue;
            compared++;
            Assert.Equal((definition.Prefix, definition.Type), (definition.Prefix, (BpfProgramType)type));
            // libbpf 1.1 attaches tc sections the old way, and gives BPF_CGROUP_INET_SOCK_CREATE's number, 0 for none.
            if (definition.Prefix.StartsWith("tc/", StringComparison.Ordinal)) continue;
            Assert.Equal((definition.Prefix, definition.AttachType ?? 0), (definition.Prefix, (BpfAttachType)attachType));
        }

        Assert.True(compared > 70, $"libbpf knew {compared} sections only");
    }
}
