using System.Runtime.InteropServices;
using BpfSharp.Objects;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>Probes of functions of this process's C library, counted while they are called.</summary>
public sealed partial class UprobeTests
{
    [KernelFact(Needs = KernelNeeds.Uprobes)]
    public void EntryAndReturnOfAFunctionAreCounted()
    {
        using BpfObject entry = Counter("uprobe/libc.so.6:getppid").Load(), exit = Counter("uretprobe/libc.so.6:getppid").Load();
        using (entry.Program("count").Attach())
        using (exit.Program("count").Attach())
            Call(100);
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
