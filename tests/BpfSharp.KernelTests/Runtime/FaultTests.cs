using BpfSharp.Links;
using BpfSharp.Objects;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>Closed and foreign objects, owners that die, and links that are forgotten: always a clear answer.</summary>
public class FaultTests
{
    public static TheoryData<string> OnMaps => [.. MapOperations.Keys];

    public static TheoryData<string> OnObjects => [.. ObjectOperations.Keys];

    private static readonly Dictionary<string, Action<BpfMap>> MapOperations = new()
    {
        ["lookup"] = m => ((BpfHashMap<int, long>)m).TryGetValue(1, out _),
        ["indexer"] = m => ((BpfHashMap<int, long>)m)[1] = 2,
        ["add"] = m => ((BpfHashMap<int, long>)m).TryAdd(1, 2),
        ["remove"] = m => ((BpfHashMap<int, long>)m).Remove(1),
        ["take"] = m => ((BpfHashMap<int, long>)m).TryRemove(1, out _),
        ["count"] = m => ((BpfHashMap<int, long>)m).Count(),
        ["clear"] = m => ((BpfHashMap<int, long>)m).Clear(),
        ["copy"] = m => ((BpfHashMap<int, long>)m).CopyTo(new int[1], new long[1]),
        ["take all"] = m => ((BpfHashMap<int, long>)m).TakeAll(new int[1], new long[1]),
        ["set range"] = m => ((BpfHashMap<int, long>)m).SetRange([1], [2L]),
        ["remove range"] = m => ((BpfHashMap<int, long>)m).RemoveRange([1]),
        ["bytes"] = m => m.TryLookup(new byte[4], new byte[8]),
        ["next key"] = m => m.TryNextKey([], new byte[4]),
        ["info"] = m => _ = m.Info,
        ["freeze"] = m => m.Freeze(),
        ["pin"] = m => m.Pin("/sys/fs/bpf/never"),
        ["another view"] = m => _ = new BpfHashMap<int, long>(m).ContainsKey(1),
    };

    private static readonly Dictionary<string, Action<BpfObject>> ObjectOperations = new()
    {
        ["map"] = o => o.Map("map"),
        ["program"] = o => o.Program("p"),
        ["attach"] = o => o.AttachAll(),
        ["read global"] = o => o.ReadGlobal<long>(".bss", 0),
        ["write global"] = o => o.WriteGlobal(".bss", 0, 1L),
        ["global"] = o => o.Global<long>(".bss", 0) = 1,
    };

    [KernelTheory]
    [MemberData(nameof(OnMaps))]
    public void OperationOnAClosedMapSaysThatItIsClosed(string operation)
    {
        BpfHashMap<int, long> map = new(BpfMap.Create(new MapSpec { Name = "closed_map", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 4 }));
        map.Dispose();
        map.Dispose();
        ObjectDisposedException e = Assert.Throws<ObjectDisposedException>(() => MapOperations[operation](map));
        Assert.Contains("closed_map", e.Message, StringComparison.Ordinal);
    }

    [KernelTheory]
    [MemberData(nameof(OnObjects))]
    public void OperationOnAClosedObjectSaysThatItIsClosed(string operation)
    {
        BpfObject loaded = Some().Load();
        loaded.Dispose();
        loaded.Dispose();
        Assert.Throws<ObjectDisposedException>(() => ObjectOperations[operation](loaded));
    }

    [KernelFact(Needs = KernelNeeds.RawTracepoints)]
    public void ClosedProgramsAndLinksSaySo()
    {
        BpfObject loaded = Some().Load();
        BpfProgram program = loaded.Program("p");
        BpfLink link = program.Attach();
        link.Dispose();
        link.Dispose();
        Assert.Throws<ObjectDisposedException>(() => link.Info);
        Assert.Throws<ObjectDisposedException>(() => link.Update(program));
        Assert.Throws<ObjectDisposedException>(() => link.Pin("/sys/fs/bpf/never"));
        loaded.Dispose();
        Assert.Throws<ObjectDisposedException>(() => program.Attach());
        Assert.Throws<ObjectDisposedException>(() => program.TestRun(new byte[64]));
        Assert.Throws<ObjectDisposedException>(() => program.Info);
    }

    [KernelFact]
    public void MapsOfOtherKindsAndSizesAreRefused()
    {
        using BpfMap map = BpfMap.Create(new MapSpec { Name = "foreign", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 4 });
        Assert.Contains("'foreign'", Assert.Throws<ArgumentException>(() => new BpfArray<long>(map)).Message, StringComparison.Ordinal);
        Assert.Contains("key of 4 bytes, but Int64 has 8", Assert.Throws<ArgumentException>(() => new BpfHashMap<long, long>(map)).Message, StringComparison.Ordinal);
        Assert.Contains("value of 8 bytes, but Int32 has 4", Assert.Throws<ArgumentException>(() => new BpfHashMap<int, int>(map)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new BpfRingBuffer<long>(map));
        Assert.Throws<ArgumentException>(() => map.TryLookup(new byte[3], new byte[8]));
        Assert.Throws<BpfException>(() => BpfMap.OpenPinned("/nowhere"));
        Assert.Throws<BpfException>(() => BpfMap.OpenById(uint.MaxValue));
    }

    /// <summary>Children must not keep maps, programs and links alive: descriptors are closed when they execute.</summary>
    [KernelFact(Needs = KernelNeeds.RawTracepoints)]
    public void ChildProcessesInheritNothing()
    {
        using BpfObject loaded = Some().Load();
        using BpfAttachment attached = loaded.AttachAll();
        string list = Command.Run("ls", "-l", "/proc/self/fd");
        Assert.DoesNotContain("bpf", list, StringComparison.Ordinal);
    }

    [KernelFact(Needs = KernelNeeds.RawTracepoints)]
    public void ForgottenLinkIsReportedWithTheStackThatMadeIt()
    {
        using BpfObject loaded = Some().Load();
        List<string> warnings = [];
        Action<string> before = LinkLeaks.Warn;
        (LinkLeaks.Warn, LinkLeaks.ForceTracking) = (w => { lock (warnings) warnings.Add(w); }, true);
        try
        {
            Forget(loaded);
            for (int i = 0; i < 10; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        }
        finally
        {
            (LinkLeaks.Warn, LinkLeaks.ForceTracking) = (before, false);
        }

        string warning = Assert.Single(warnings);
        Assert.Contains("program 'p'", warning, StringComparison.Ordinal);
        Assert.Contains(nameof(Forget), warning, StringComparison.Ordinal);
    }

    [Fact]
    public void ProgramsBuiltForDebuggingAreTold()
    {
        // These tests are built as the configuration says; the runtime's own libraries are always optimised.
        Assert.False(LinkLeaks.IsDebugBuild(typeof(object).Assembly));
        Assert.False(LinkLeaks.IsDebugBuild(null));
#if DEBUG
        Assert.True(LinkLeaks.IsDebugBuild(typeof(FaultTests).Assembly));
#endif
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static void Forget(BpfObject loaded) => _ = loaded.Program("p").Attach();

    private static BpfOpenObject Some() => CodeBuilder.Open(
        [new CodeBuilder().LoadData(1, ".bss", 0).Return(0).Function("p", "raw_tp/sys_enter")],
        [new() { Name = "map", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 4 }],
        [new() { Name = ".bss", Content = [.. new byte[8]] }]);
}
