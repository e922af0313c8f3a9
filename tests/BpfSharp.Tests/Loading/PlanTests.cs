using BpfSharp.Objects;
using BpfSharp.Objects.Instructions;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Tests.Loading;

/// <summary>What a load needs, found on any machine.</summary>
public class PlanTests
{
    private const byte Call = 0x85, Exit = 0x95;

    [Fact]
    public void NeedsAreReadOffTheObject()
    {
        ObjectSpec spec = new()
        {
            License = "GPL",
            Maps = [new() { Name = "ring", Type = MapType.RingBuffer, MaxEntries = 4096 }],
            DataSections = [new() { Name = ".bss", Content = [0, 0, 0, 0] }],
            WeakExterns = ["bpf_maybe"],
            Functions =
            [
                new()
                {
                    Name = "trace", Section = "tracepoint/raw_syscalls/sys_enter",
                    Instructions = [Instruction.Create(Call, 0, 1, 0, -1), Instruction.Create(Exit, 0, 0, 0, 0)],
                    Relocations = [new(0, RelocationKind.Call, "helper_user", 0)],
                },
                // bpf_loop (181), of kernel 5.17, in a subprogram.
                new() { Name = "helper_user", Section = ".text", Instructions = [Instruction.Create(Call, 0, 0, 0, 181), Instruction.Create(Exit, 0, 0, 0, 0)] },
                new()
                {
                    Name = "watch", Section = "fentry/vfs_read",
                    Instructions = [Instruction.Create(Call, 0, 2, 0, -1), Instruction.Create(Call, 0, 2, 0, -1), Instruction.Create(Exit, 0, 0, 0, 0)],
                    Relocations = [new(0, RelocationKind.Extern, "bpf_task_acquire", 0), new(1, RelocationKind.Extern, "bpf_maybe", 0)],
                },
                new() { Name = "filter", Section = "tcx/ingress", Instructions = [Instruction.Create(Exit, 0, 0, 0, 0)] },
                new() { Name = "unused", Section = "?lsm/file_open", Instructions = [Instruction.Create(Exit, 0, 0, 0, 0)] },
            ],
        };
        BpfOpenObject open = BpfObject.Open(spec, "test");
        open.Program("filter").Policy = BpfProgramPolicy.Optional;
        BpfPlan plan = open.Plan();
        Assert.Equal(["CAP_BPF", "CAP_PERFMON", "CAP_NET_ADMIN"], plan.Capabilities);
        Assert.Equal(new KernelVersion(5, 17), plan.MinimumKernel);
        Assert.Contains(plan.Requirements, r => r is { Kind: BpfRequirementKind.MapType, Name: "RingBuffer", NeededBy: "ring" } && r.Since == new KernelVersion(5, 8));
        Assert.Contains(plan.Requirements, r => r is { Kind: BpfRequirementKind.Helper, Name: "bpf_loop" or "loop", NeededBy: "trace", IsOptional: false });
        Assert.Contains(plan.Requirements, r => r is { Kind: BpfRequirementKind.Hook, Name: "tcx/ingress", IsOptional: true } && r.Since == new KernelVersion(6, 6));
        Assert.Contains(plan.Requirements, r => r is { Kind: BpfRequirementKind.KernelFunction, Name: "bpf_task_acquire", NeededBy: "watch", IsOptional: false });
        Assert.Contains(plan.Requirements, r => r is { Kind: BpfRequirementKind.KernelFunction, Name: "bpf_maybe", IsOptional: true });
        Assert.Contains(plan.Requirements, r => r is { Kind: BpfRequirementKind.KernelTypes, NeededBy: "watch" });
        Assert.Equal(["raw_syscalls/sys_enter", "vfs_read"], plan.Requirements.Where(r => r.Kind == BpfRequirementKind.Target).Select(r => r.Name));
        Assert.DoesNotContain(plan.Requirements, r => r.NeededBy == "unused");
        Assert.Equal(plan.Requirements.Count, plan.ToString().Split(Environment.NewLine).Length);
    }

    [Fact]
    public void StandInsAreOptionalAndTheirOrderIsChecked()
    {
        FunctionSpec[] functions =
        [
            new() { Name = "a", Section = "fentry/f", Instructions = [] }, new() { Name = "b", Section = "kprobe/f", Instructions = [] },
            new() { Name = "c", Section = "xdp", Instructions = [] },
        ];
        BpfOpenObject open = BpfObject.Open(new ObjectSpec { License = "GPL", Functions = [.. functions] }, "test");
        open.Program("b").FallbackOf = "a";
        Assert.All(open.Plan().Requirements.Where(r => r.NeededBy is "a" or "b"), r => Assert.True(r.IsOptional));
        Assert.All(open.Plan().Requirements.Where(r => r.NeededBy == "c"), r => Assert.False(r.IsOptional));
        open.Program("c").FallbackOf = "a";
        Assert.Contains("both stand in for 'a'", Assert.Throws<InvalidOperationException>(() => open.Plan()).Message, StringComparison.Ordinal);
        open.Program("c").FallbackOf = "nobody";
        Assert.Contains("'nobody'", Assert.Throws<InvalidOperationException>(() => open.Plan()).Message, StringComparison.Ordinal);
        (open.Program("c").FallbackOf, open.Program("a").FallbackOf) = (null, "b");
        Assert.Contains("circle", Assert.Throws<InvalidOperationException>(() => open.Plan()).Message, StringComparison.Ordinal);
    }
}
