using BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>The kernel's answers against the versions that the tables have from its history.</summary>
public class FeatureTests
{
    // Configuration options that the matrix's kernels do not all have.
    private static readonly HashSet<MapType> OptionalMaps = [MapType.XskMap, MapType.StructOps, MapType.CgroupStorageDeprecated, MapType.PerCpuCgroupStorage];
    private static readonly HashSet<ProgramType> OptionalPrograms = [ProgramType.LircMode2, ProgramType.Netfilter, ProgramType.Lsm, ProgramType.StructOps, ProgramType.Extension];

    [KernelFact]
    public void MapTypesAreThereFromTheirVersionOn()
    {
        KernelVersion running = BpfFeatures.KernelVersion;
        foreach (MapType type in Enum.GetValues<MapType>().Where(t => t is > MapType.Unspecified and <= MapType.Arena && !OptionalMaps.Contains(t)))
            Assert.Equal((type, MapTypes.Since(type) <= running), (type, BpfFeatures.Has(type)));
        Assert.False(BpfFeatures.Has((MapType)200));
        Assert.False(BpfFeatures.Has(MapType.Unspecified));
    }

    [KernelFact]
    public void ProgramTypesAreThereFromTheirVersionOn()
    {
        KernelVersion running = BpfFeatures.KernelVersion;
        foreach (ProgramType type in Enum.GetValues<ProgramType>().Where(t => t != ProgramType.Unspecified && !OptionalPrograms.Contains(t)))
            Assert.Equal((type, ProgramTypes.Since(type) <= running), (type, BpfFeatures.Has(type)));
        Assert.False(BpfFeatures.Has((ProgramType)200));
    }

    [KernelFact]
    public void HelpersAreThoseOfTheProgramType()
    {
        // bpf_map_lookup_elem, bpf_redirect_map, bpf_get_socket_cookie; bpf_loop came with 5.17.
        Assert.True(BpfFeatures.HasHelper(ProgramType.Xdp, 1));
        Assert.True(BpfFeatures.HasHelper(ProgramType.Xdp, 51));
        Assert.False(BpfFeatures.HasHelper(ProgramType.Xdp, 46));
        Assert.Equal(BpfFeatures.KernelVersion >= new KernelVersion(5, 17), BpfFeatures.HasHelper(ProgramType.SocketFilter, 181));
        Assert.False(BpfFeatures.HasHelper(ProgramType.Xdp, 5000));
        Assert.Throws<NotSupportedException>(() => BpfFeatures.HasHelper(ProgramType.Tracing, 1));
    }

    [KernelFact(Needs = KernelNeeds.BtfVmlinux)]
    public void KernelFunctionsAreFoundByName()
    {
        Assert.True(BpfFeatures.HasKernelBtf);
        Assert.False(BpfFeatures.HasKernelFunction("no_such_function_in_any_kernel"));
        Assert.True(BpfFeatures.HasKernelFunction("tcp_v4_connect"));
    }
}
