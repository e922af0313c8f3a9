namespace BpfSharp.KernelTests.Runtime;

/// <summary>Objects of another compiler: all that this loader knows of them is in the file.</summary>
public class ClangObjectTests
{
    [ClangFact(Minimum = "5.17")]
    public void ClangsObjectRuns()
    {
        BpfOpenObject open = Clang.Open("counts");
        Assert.Equal("counts", open.Name);
        BitConverter.GetBytes(10).CopyTo(open.Variable("step"));
        using BpfObject loaded = open.Load();
        Assert.Equal(4u, loaded.Program("run").TestRun(new byte[64]).ReturnValue);
        BpfHashMap<uint, ulong> counts = new(loaded.Map("counts"));
        Assert.Equal([(0u, 10ul), (1u, 10ul), (2u, 10ul), (7u, 10ul)], counts.Select(e => (e.Key, e.Value)).Order());
        Assert.Equal(99, new BpfArray<int>(loaded.Map("first"))[0]);
        Assert.Equal(15ul, loaded.ReadGlobal<ulong>(".data", 0));
        // The kernel has the types: of the map, and of the functions.
        Assert.NotEqual(0u, loaded.Map("counts").Info.ValueTypeId);
        Assert.NotEqual(0u, loaded.Program("run").Info.BtfId);
    }

    [ClangFact(Minimum = "6.7", Needs = KernelNeeds.BtfVmlinux)]
    public void AnExceptionRunsTheFunctionThatOnlyATagNames()
    {
        using BpfObject loaded = Clang.Open("exception").Load();
        Assert.Equal(42u, loaded.Program("throws").TestRun(new byte[64]).ReturnValue);
        Assert.Equal(1u, loaded.Program("throws").TestRun(new byte[14]).ReturnValue);
    }

    [ClangFact(Minimum = "5.18", Needs = KernelNeeds.BtfVmlinux)]
    public void FunctionsOfAModuleAreCalled()
    {
        // In some kernels nf_conntrack is no module; either way nothing is found.
        Assert.True(BpfFeatures.HasKernelFunction("bpf_xdp_ct_lookup"));
        using BpfObject loaded = Clang.Open("module_function").Load();
        Assert.Equal(2u, loaded.Program("look_up").TestRun(new byte[64]).ReturnValue);
        Assert.Equal(-2, loaded.ReadGlobal<int>(".data", 0));
    }
}
