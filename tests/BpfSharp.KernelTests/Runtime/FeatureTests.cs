using BpfSharp.Features;
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

    // What a configuration or lockdown takes away; the tests below ask for them where their needs are met.
    private static readonly HashSet<AttachType> OptionalAttachTypes =
    [
        AttachType.TraceKprobeMulti, AttachType.TraceKprobeSession, AttachType.Netfilter, AttachType.StructOps, AttachType.LsmMac,
        AttachType.TraceFentry, AttachType.TraceFexit, AttachType.TraceFsession, AttachType.ModifyReturn,
    ];

    [KernelFact(Needs = KernelNeeds.BtfVmlinux)]
    public void AttachTypesAreThereFromTheirVersionOn()
    {
        KernelVersion running = BpfFeatures.KernelVersion;
        foreach (AttachType type in Enum.GetValues<AttachType>().Where(t => t <= AttachType.TraceFsession && !OptionalAttachTypes.Contains(t)))
            Assert.Equal((type, AttachTypes.Since(type) <= running), (type, BpfFeatures.Has(type)));
        Assert.All(OptionalAttachTypes, type => Assert.True(AttachTypes.Since(type) <= running || !BpfFeatures.Has(type), $"{type}"));
        Assert.Throws<NotSupportedException>(() => BpfFeatures.Has((AttachType)200));
        // Asking attaches and leaves nothing.
        int before = LoadTests.OpenDescriptors();
        foreach (AttachType type in Enum.GetValues<AttachType>().Where(t => t <= AttachType.TraceFsession)) _ = AttachProbe.Run(type);
        Assert.Equal(before, LoadTests.OpenDescriptors());
    }

    [KernelFact(Needs = KernelNeeds.KprobeMulti)]
    public void ProbesOfManyFunctionsAreThereWhereTheyCanBeMade() => AreThere(AttachType.TraceKprobeMulti, AttachType.TraceKprobeSession);

    [KernelFact(Needs = KernelNeeds.FentryFexit)]
    public void TracingIsThereWhereItCanBeMade() => AreThere(AttachType.TraceFentry, AttachType.TraceFexit, AttachType.TraceFsession);

    [KernelFact(Needs = KernelNeeds.BpfLsm)]
    public void SecurityHooksAreThereWhereTheyCanBeMade() => AreThere(AttachType.LsmMac);

    [KernelFact(Needs = KernelNeeds.StructOpsTcp)]
    public void LinksOfTablesAreThereWhereTablesAre() => AreThere(AttachType.StructOps);

    private static void AreThere(params AttachType[] types) => Assert.All(types, type => Assert.Equal(AttachTypes.Since(type) <= BpfFeatures.KernelVersion, BpfFeatures.Has(type)));

    [KernelFact]
    public void InstructionsAreThereFromTheirVersionOn()
    {
        KernelVersion running = BpfFeatures.KernelVersion;
        foreach (BpfInstructionFeature feature in Enum.GetValues<BpfInstructionFeature>())
            Assert.Equal((feature, InstructionProbe.Since(feature) <= running), (feature, BpfFeatures.Has(feature)));
        Assert.Equal(running >= new KernelVersion(6, 6) ? 4 : 3, BpfFeatures.InstructionSet);
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
