using System.Runtime.InteropServices;
using BpfSharp.Links;
using BpfSharp.Objects;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp.KernelTests.Runtime;

public class AttachTests
{
    private const int GetPriorityNumber = 140, GetPriorityNumberArm = 141;

    [KernelFact(Needs = KernelNeeds.Tracepoints)]
    public void TracepointCountsEverySystemCallOfAThreadExactly()
    {
        using BpfObject loaded = Counter().Load();
        using (BpfLink link = loaded.Program("count").Attach())
        {
            // Before, the event itself has the program (PERF_EVENT_IOC_SET_BPF).
            Assert.Equal(("count", ThisKernel.Version >= new KernelVersion(5, 15)), (link.ProgramName, link.IsKernelLink));
            for (int i = 0; i < 12_345; i++) CallGetPriority();
        }

        for (int i = 0; i < 100; i++) CallGetPriority();
        Assert.Equal(12_345, loaded.ReadGlobal<long>(".bss", 0));
    }

    [KernelFact(Minimum = "5.15", Needs = KernelNeeds.Tracepoints)]
    public void TracepointCookieReachesTheProgram()
    {
        // bpf_get_attach_cookie(ctx) is helper 174.
        BpfOpenObject open = CodeBuilder.Open(
            [new CodeBuilder().Helper(174).LoadData(1, ".bss", 0).Store64(1, 0, 0).Return(0).Function("cookie", "tracepoint/raw_syscalls/sys_enter")],
            data: [new() { Name = ".bss", Content = [.. new byte[8]] }]);
        using BpfObject loaded = open.Load();
        using BpfLink link = loaded.Program("cookie").AttachTracepoint("raw_syscalls", "sys_enter", 0x1234_5678_9abc);
        CallGetPriority();
        Assert.Equal(0x1234_5678_9abc, loaded.ReadGlobal<long>(".bss", 0));
        Assert.Equal((BpfLinkType.PerfEvent, loaded.Program("cookie").Info.Id), (link.Info.Type, link.Info.ProgramId));
    }

    [KernelFact]
    public void TraceFileSystemCanBeReadWithoutBeingMounted()
    {
        string mounts = File.ReadAllText("/proc/self/mounts");
        using (TraceFileSystem trace = TraceFileSystem.OpenPrivate())
            Assert.True(int.Parse(File.ReadAllText(trace.Root + "/events/raw_syscalls/sys_enter/id"), System.Globalization.CultureInfo.InvariantCulture) > 0);
        Assert.Equal(mounts, File.ReadAllText("/proc/self/mounts"));
    }

    [KernelFact(Needs = KernelNeeds.Tracepoints)]
    public void MissingTracepointNamesNearOnes()
    {
        using BpfObject loaded = Counter().Load();
        BpfException e = Assert.Throws<BpfException>(() => loaded.Program("count").AttachTracepoint("raw_syscall", "sys_entr"));
        Assert.Contains("raw_syscalls/sys_enter", e.Message, StringComparison.Ordinal);
        Assert.Throws<BpfException>(() => loaded.Program("count").AttachTracepoint("..", "events"));
    }

    [KernelFact(Needs = KernelNeeds.RawTracepoints)]
    public void RawTracepointRuns()
    {
        using BpfObject loaded = Counter("raw_tp/sys_enter", context: false).Load();
        using (BpfLink link = loaded.Program("count").Attach())
            for (int i = 0; i < 10; i++) CallGetPriority();
        Assert.True(loaded.ReadGlobal<long>(".bss", 0) >= 10);
        using BpfObject missing = Counter("raw_tp/no_such_thing", context: false).Load();
        Assert.Equal("ENOENT", Assert.Throws<BpfException>(() => missing.Program("count").Attach()).ErrorName);
    }

    [KernelFact(Needs = KernelNeeds.PerfEvents)]
    public void PerfEventSamplesThisProcess()
    {
        FunctionSpec program = new CodeBuilder().LoadData(1, ".bss", 0).Move(2, 1).AtomicAdd64(1, 0, 2).Return(0).Function("sample", "perf_event");
        using BpfObject loaded = CodeBuilder.Open([program], data: [new() { Name = ".bss", Content = [.. new byte[8]] }]).Load();
        using (BpfLinks links = loaded.Program("sample").AttachPerfEvent(BpfPerfEvent.CpuClock(1000)))
        {
            Assert.All(links.Items, static link => Assert.Equal(ThisKernel.Version >= new KernelVersion(5, 15), link.IsKernelLink));
            while (loaded.ReadGlobal<long>(".bss", 0) < 10) System.Threading.Thread.SpinWait(1000);
        }

        long after = loaded.ReadGlobal<long>(".bss", 0);
        for (int i = 0; i < 1000; i++) System.Threading.Thread.SpinWait(1000);
        Assert.Equal(after, loaded.ReadGlobal<long>(".bss", 0));
    }

    [KernelFact(Needs = KernelNeeds.NetworkNamespaces)]
    public void XdpTestRunChangesThePacket()
    {
        // data[0] = 0xaa, if the packet has a byte.
        FunctionSpec program = new CodeBuilder().Load32(2, 1, 0).Load32(3, 1, 4).MoveRegister(4, 2).AddImmediate(4, 4)
            .JumpGreater(4, 3, 2).Move(5, 0xaa).Store32(2, 0, 5).Return(2).Function("stamp", "xdp");
        using BpfObject loaded = CodeBuilder.Open([program]).Load();
        byte[] output = new byte[64];
        BpfTestRunResult result = loaded.Program("stamp").TestRun(new byte[60], output, [], out int length);
        Assert.Equal((2u, 60, 0xaa), (result.ReturnValue, length, (int)output[0]));
        Assert.True(loaded.Program("stamp").TestRun(new byte[60], repeat: 1000).Nanoseconds < 1_000_000);
    }

    [KernelFact(Minimum = "5.18", Needs = KernelNeeds.NetworkNamespaces)]
    public void XdpTestRunOfLessThanAnEthernetHeaderSaysSo()
    {
        using BpfObject loaded = CodeBuilder.Open([new CodeBuilder().Return(2).Function("pass", "xdp")]).Load();
        Assert.Contains("14 bytes", Assert.Throws<BpfException>(() => loaded.Program("pass").TestRun(new byte[4])).Message, StringComparison.Ordinal);
    }

    [KernelFact(Minimum = "5.8")]
    public void RunStatisticsCount()
    {
        using BpfObject loaded = CodeBuilder.Open([new CodeBuilder().Return(0).Function("p", "socket")]).Load();
        using (BpfRunStatistics.Enable()) loaded.Program("p").TestRun(new byte[64], 500);
        Assert.Equal(500ul, loaded.Program("p").Info.RunCount);
    }

    [KernelFact]
    public void ProgramsWithoutATargetNameTheMethodToCall()
    {
        using BpfObject loaded = CodeBuilder.Open([new CodeBuilder().Return(2).Function("p", "xdp")]).Load();
        Assert.Contains("AttachXdp", Assert.Throws<InvalidOperationException>(() => loaded.Program("p").Attach()).Message, StringComparison.Ordinal);
        using BpfAttachment attached = loaded.AttachAll();
        Assert.Equal(["p"], attached.Skipped);
        Assert.Contains("'no-such-dev'", Assert.Throws<BpfException>(() => loaded.Program("p").AttachXdp("no-such-dev")).Message, StringComparison.Ordinal);
    }

    [KernelFact(Needs = KernelNeeds.RawTracepoints)]
    public void RequiredProgramThatCannotAttachDetachesTheOthers()
    {
        FunctionSpec good = new CodeBuilder().Return(0).Function("good", "raw_tp/sys_enter");
        FunctionSpec bad = new CodeBuilder().Return(0).Function("bad", "raw_tp/no_such_thing");
        BpfOpenObject open = CodeBuilder.Open([good, bad]);
        using BpfObject loaded = open.Load();
        int before = LoadTests.OpenDescriptors();
        Assert.Throws<BpfException>(() => loaded.AttachAll());
        Assert.Equal(before, LoadTests.OpenDescriptors());
        open.Program("bad").Policy = BpfProgramPolicy.Optional;
        using BpfAttachment attached = loaded.AttachAll();
        Assert.Equal(["good"], attached.Links.Select(l => l.ProgramName));
        Assert.False(attached.IsComplete);
        Assert.Equal("ENOENT", attached.Failures["bad"].ErrorName);
    }

    /// <summary>Counts this thread's calls of getpriority: nothing else that .NET does in this thread calls it.</summary>
    private static BpfOpenObject Counter(string section = "tracepoint/raw_syscalls/sys_enter", bool context = true)
    {
        CodeBuilder code = new();
        if (context) code.Load64(6, 1, 8);
        code.Helper(14).LoadData(2, ".rodata", 0).Load32(1, 2, 0).Lower(0).JumpIfNotSame(0, 1, context ? 5 : 4);
        if (context) code.JumpIfNotEqual(6, RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? GetPriorityNumberArm : GetPriorityNumber, 4);
        code.LoadData(1, ".bss", 0).Move(2, 1).AtomicAdd64(1, 0, 2).Return(0);
        BpfOpenObject open = CodeBuilder.Open(
            [code.Function("count", section)],
            data: [new() { Name = ".bss", Content = [.. new byte[8]] }, new() { Name = ".rodata", Content = [.. new byte[4]] }]);
        open.Variable<int>(".rodata", 0) = Thread();
        return open;
    }

    private static int Thread() => (int)Syscall(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 178 : 186);

    private static void CallGetPriority() => Syscall(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? GetPriorityNumberArm : GetPriorityNumber);

    private static unsafe nint Syscall(int number) => Libc.Syscall(number, 0, null, 0);
}
