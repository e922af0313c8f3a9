using BpfSharp.Objects;
using BpfSharp.Objects.Btf;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>Objects that go on without a program, with a stand-in, and what a load says before it is tried.</summary>
public class PolicyTests
{
    [KernelFact(Needs = KernelNeeds.RawTracepoints | KernelNeeds.Tracepoints)]
    public void StandInIsAttachedWhereTheFirstChoiceIsMissing()
    {
        BpfOpenObject open = CodeBuilder.Open(
            [Program("first", "raw_tp/no_such_tracepoint"), Program("second", "tracepoint/no/such"), Program("third", "raw_tp/sys_enter"), Program("other", "raw_tp/sys_exit")]);
        open.Program("second").FallbackOf = "first";
        open.Program("third").FallbackOf = "second";
        using BpfObject loaded = open.Load();
        using BpfAttachment attached = loaded.AttachAll();
        Assert.Equal(["third", "other"], attached.Links.Select(l => l.ProgramName));
        Assert.False(attached.IsComplete);
        Dictionary<string, BpfProgramResult> results = attached.Results.ToDictionary(r => r.Program);
        Assert.Equal((BpfProgramOutcome.Replaced, "third"), (results["first"].Outcome, results["first"].Substitute));
        Assert.Equal((BpfProgramOutcome.Replaced, "third"), (results["second"].Outcome, results["second"].Substitute));
        Assert.Equal("ENOENT", results["first"].Reason!.ErrorName);
        Assert.Equal((BpfProgramOutcome.Attached, BpfProgramOutcome.Attached), (results["third"].Outcome, results["other"].Outcome));
        Assert.Contains("first: replaced by third, because", attached.ToString(), StringComparison.Ordinal);
    }

    [KernelFact(Needs = KernelNeeds.RawTracepoints)]
    public void StandInIsNotNeededWhereTheFirstChoiceWorks()
    {
        BpfOpenObject open = CodeBuilder.Open([Program("stand_in", "raw_tp/sys_exit"), Program("first", "raw_tp/sys_enter")]);
        open.Program("stand_in").FallbackOf = "first";
        using BpfObject loaded = open.Load();
        using BpfAttachment attached = loaded.AttachAll();
        Assert.Equal(["first"], attached.Links.Select(l => l.ProgramName));
        Assert.True(attached.IsComplete);
        Assert.Equal(BpfProgramOutcome.NotNeeded, attached.Results.Single(r => r.Program == "stand_in").Outcome);
    }

    [KernelFact(Needs = KernelNeeds.RawTracepoints)]
    public void StandInForAProgramThatTheVerifierRejectsIsUsed()
    {
        FunctionSpec bad = new CodeBuilder().Load64(0, 7, 0).Exit().Function("bad", "raw_tp/sys_enter");
        BpfOpenObject open = CodeBuilder.Open([bad, Program("good", "raw_tp/sys_enter")]);
        open.Program("good").FallbackOf = "bad";
        using (BpfObject loaded = open.Load())
        {
            using BpfAttachment attached = loaded.AttachAll();
            Assert.Equal(["good"], attached.Links.Select(l => l.ProgramName));
            Assert.IsType<BpfVerifierException>(attached.Failures["bad"]);
        }

        // Both fail: what is said is why the first choice failed.
        BpfOpenObject hopeless = CodeBuilder.Open([bad, bad with { Name = "worse" }]);
        hopeless.Program("worse").FallbackOf = "bad";
        Assert.Equal("bad", Assert.Throws<BpfVerifierException>(() => hopeless.Load()).ProgramName);
        hopeless.Program("bad").Policy = BpfProgramPolicy.Optional;
        using BpfObject empty = hopeless.Load();
        using BpfAttachment nothing = empty.AttachAll();
        Assert.Equal([BpfProgramOutcome.Failed, BpfProgramOutcome.Failed], nothing.Results.Select(r => r.Outcome));
    }

    [KernelFact(Needs = KernelNeeds.Tracepoints)]
    public void PlanNamesWhatIsMissingHereAndNothingElse()
    {
        // bpf_get_current_pid_tgid (14) is there for tracing programs of all kernels.
        FunctionSpec fine = new CodeBuilder().Helper(14).Return(0).Function("fine", "tracepoint/raw_syscalls/sys_enter");
        Assert.Empty(CodeBuilder.Open([fine], [new() { Name = "map", Type = MapType.Hash, KeySize = 4, ValueSize = 4, MaxEntries = 1 }]).Plan().Check());
        // A helper that no kernel has for socket filters (bpf_probe_read, 4), a tracepoint and a library function that do not exist.
        IReadOnlyList<BpfShortcoming> missing = CodeBuilder.Open(
            [
                new CodeBuilder().Helper(4).Return(0).Function("helper", "socket"),
                Program("tracepoint", "tracepoint/raw_syscalls/sys_entre"),
                Program("library", "uprobe/libc.so.6:no_such_function"),
            ]).Plan().Check();
        Assert.Equal(["helper", "tracepoint", "library"], missing.Select(m => m.Requirement.NeededBy));
        Assert.Contains("sys_enter", missing[1].Reason, StringComparison.Ordinal);
        Assert.Contains("no function 'no_such_function'", missing[2].Reason, StringComparison.Ordinal);
    }

    [KernelFact]
    public void GivenMapWithOtherTypesIsRefused()
    {
        using BpfObject first = Typed("Processes", "Bytes").Load();
        BpfOpenObject same = Typed("processes", "bytes"), other = Typed("Bytes", "Processes");
        same.Map("map").Reuse = first.Map("map");
        same.Load().Dispose();
        other.Map("map").Reuse = first.Map("map");
        BpfException e = Assert.Throws<BpfException>(() => other.Load());
        Assert.Contains("its value has 'Processes' at byte 0, not 'Bytes'", e.Message, StringComparison.Ordinal);
    }

    private static FunctionSpec Program(string name, string section) => new CodeBuilder().Return(0).Function(name, section);

    private static BpfOpenObject Typed(string first, string second) => BpfObject.Open(
        new ObjectSpec
        {
            License = "GPL",
            Btf = new BtfTypes([new BtfInt("int", 4, BtfIntEncoding.Signed, 32), new BtfStruct("value", false, 8, [new(first, 1, 0), new(second, 1, 32)])]),
            Maps = [new() { Name = "map", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 1, KeyTypeId = 1, ValueTypeId = 2 }],
        },
        "test");
}
