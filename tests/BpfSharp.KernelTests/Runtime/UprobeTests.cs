using System.Runtime.InteropServices;
using BpfSharp.Objects;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>Probes of functions of this process's C library, counted while they are called.</summary>
public sealed partial class UprobeTests
{
    [KernelFact(Needs = KernelNeeds.Uprobes)]
    public void EntryAndReturnOfAFunctionAreCounted()
    {
        using BpfObject entry = Counter("uprobe/libc.so.6:getppid").Load(), exit = Counter("uretprobe/libc.so.6:getppid").Load();
        using (BpfLink link = entry.Program("count").Attach())
        using (exit.Program("count").Attach())
        {
            Assert.Equal(ThisKernel.Version >= new KernelVersion(5, 15), link.IsKernelLink);
            Call(100);
        }

        Call(10);
        Assert.Equal((100, 100), (entry.ReadGlobal<long>(".bss", 0), exit.ReadGlobal<long>(".bss", 0)));
    }

    [KernelFact(Needs = KernelNeeds.Uprobes)]
    public void ProbeOfOneProcessSeesNoOther()
    {
        using BpfObject loaded = Counter("uprobe").Load();
        using (loaded.Program("count").AttachUprobe(new BpfUprobe("libc.so.6", "getppid", ProcessId: Environment.ProcessId))) Call(7);
        Assert.Equal(7, loaded.ReadGlobal<long>(".bss", 0));
        using (loaded.Program("count").AttachUprobe(new BpfUprobe("libc.so.6", "getppid", ProcessId: 1))) Call(7);
        Assert.Equal(7, loaded.ReadGlobal<long>(".bss", 0));
    }

    [KernelFact(Needs = KernelNeeds.Uprobes)]
    public void MissingFunctionAndFileAreNamed()
    {
        using BpfObject loaded = Counter("uprobe").Load();
        BpfException e = Assert.Throws<BpfException>(() => loaded.Program("count").AttachUprobe(new BpfUprobe("libc.so.6", "getppidd")));
        Assert.Contains("has no function 'getppidd'", e.Message, StringComparison.Ordinal);
        Assert.Throws<BpfException>(() => loaded.Program("count").AttachUprobe(new BpfUprobe("/nowhere/x", "f")));
        Assert.Throws<BpfException>(() => loaded.Program("count").AttachUprobe(new BpfUprobe("/proc/self/status", "f")));
    }

    [KernelFact(Minimum = "6.6", Needs = KernelNeeds.Uprobes)]
    public void ManyFunctionsAreProbedByOneLink()
    {
        using BpfObject loaded = Counter("uprobe.multi/libc.so.6:get?id").Load();
        using (BpfLink link = loaded.Program("count").Attach())
        {
            Assert.Equal(BpfLinkType.UprobeMulti, link.Info.Type);
            // getgid, getpid, getsid and getuid match; getppid does not.
            _ = GetUser();
            _ = GetGroup();
            Call(3);
        }

        _ = GetUser();
        Assert.InRange(loaded.ReadGlobal<long>(".bss", 0), 2, long.MaxValue);
        long before = loaded.ReadGlobal<long>(".bss", 0);
        using (loaded.Program("count").AttachUprobes("libc.so.6", ["getppid"], returns: true, processId: Environment.ProcessId)) Call(5);
        Assert.Equal(before + 5, loaded.ReadGlobal<long>(".bss", 0));
        Assert.Throws<BpfException>(() => loaded.Program("count").AttachUprobes("libc.so.6", ["no_such_*"]));
    }

    /// <summary>The library was linked with this build id.</summary>
    [ClangFact(Needs = KernelNeeds.Uprobes)]
    public unsafe void FramesAreKnownByTheBuildIdsOfTheirFiles()
    {
        const int UserStack = 1 << 8;
        string path = Clang.Library("usdt");
        var hit = (delegate* unmanaged<int, int>)NativeLibrary.GetExport(NativeLibrary.Load(path), "app_hit");
        FunctionSpec program = new CodeBuilder().LoadMap(2, "stacks").Move(3, UserStack).Helper(27).LoadData(1, ".bss", 0).Store64(1, 0, 0).Return(0).Function("stack", "uprobe");
        using BpfObject loaded = CodeBuilder.Open([program],
            [new() { Name = "stacks", Type = MapType.StackTrace, KeySize = 4, ValueSize = 127 * 32, MaxEntries = 64, Flags = BpfMapFlags.StackBuildId }],
            [new() { Name = ".bss", Content = [.. new byte[8]] }]).Load();
        using (loaded.Program("stack").AttachUprobe(new BpfUprobe(path, "app_hit", ProcessId: Environment.ProcessId))) hit(1);
        BpfStackTraces stacks = new(loaded.Map("stacks"));
        BpfBuildIdFrame[] frames = stacks.GetBuildIdFrames((int)loaded.ReadGlobal<long>(".bss", 0));
        Assert.Equal("00112233445566778899aabbccddeeff00112233", frames[0].BuildId);
        Assert.InRange(frames[0].Offset, 1u, (ulong)new FileInfo(path).Length);
        Assert.Throws<InvalidOperationException>(() => stacks.GetFrames(0));
        Assert.Empty(stacks.GetBuildIdFrames(-14));
    }

    /// <summary>The probed function itself says how many look: the kernel counts its semaphore.</summary>
    [ClangFact(Minimum = "5.15", Needs = KernelNeeds.Uprobes)]
    public unsafe void StaticProbeIsSeenWithItsCookieAndItsSemaphoreIsCounted()
    {
        string path = Clang.Library("usdt");
        nint library = NativeLibrary.Load(path);
        var hit = (delegate* unmanaged<int, int>)NativeLibrary.GetExport(library, "app_hit");
        BpfUsdt probe = new(path, "app", "hit", Environment.ProcessId, Cookie: 0x1234);
        Assert.StartsWith("-4@", Assert.Single(probe.Places()).Arguments, StringComparison.Ordinal);
        // bpf_get_attach_cookie is helper 174.
        FunctionSpec program = new CodeBuilder().Helper(174).LoadData(1, ".bss", 0).Store64(1, 8, 0).Move(2, 1).AtomicAdd64(1, 0, 2).Return(0).Function("probe", "usdt");
        using BpfObject loaded = CodeBuilder.Open([program], data: [new() { Name = ".bss", Content = [.. new byte[16]] }]).Load();
        Assert.Equal(0, hit(1));
        using (loaded.Program("probe").AttachUsdt(probe))
            for (int i = 0; i < 3; i++) Assert.Equal(1, hit(i));
        Assert.Equal(0, hit(1));
        Assert.Equal((3, 0x1234), (loaded.ReadGlobal<long>(".bss", 0), loaded.ReadGlobal<long>(".bss", 8)));
        Assert.Contains("app:hit", Assert.Throws<BpfException>(() => loaded.Program("probe").AttachUsdt(probe with { Name = "nothing" })).Message, StringComparison.Ordinal);
        Assert.Contains(nameof(BpfProgram.AttachUsdt), Assert.Throws<InvalidOperationException>(() => loaded.Program("probe").Attach()).Message, StringComparison.Ordinal);
    }

    private static void Call(int times)
    {
        for (int i = 0; i < times; i++) _ = GetParent();
    }

    private static BpfOpenObject Counter(string section) => CodeBuilder.Open(
        [new CodeBuilder().LoadData(1, ".bss", 0).Move(2, 1).AtomicAdd64(1, 0, 2).Return(0).Function("count", section)],
        data: [new DataSectionSpec { Name = ".bss", Content = [.. new byte[8]] }]);

    [LibraryImport("libc", EntryPoint = "getppid")]
    private static partial int GetParent();

    [LibraryImport("libc", EntryPoint = "getuid")]
    private static partial uint GetUser();

    [LibraryImport("libc", EntryPoint = "getgid")]
    private static partial uint GetGroup();
}
