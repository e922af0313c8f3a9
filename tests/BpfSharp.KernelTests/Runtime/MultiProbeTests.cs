using System.Diagnostics;
using System.Runtime.InteropServices;
using BpfSharp.KernelTests.Runner;
using BpfSharp.KernelTests.Samples;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>Probes of many functions by one link: their cookies, their process, and programs that see the call and its return.</summary>
public sealed partial class MultiProbeTests
{
    private const int GetAttachCookie = 174, GetPriorityNumber = 140, GetPriorityNumberArm = 141;

    [KernelFact(Minimum = "6.6", Needs = KernelNeeds.Uprobes)]
    public void EachUserFunctionHasItsCookie()
    {
        using BpfObject loaded = CodeBuilder.Open(
            [new CodeBuilder().Helper(GetAttachCookie).LoadData(1, ".bss", 0).Store64(1, 0, 0).Return(0).Function("cookie", "uprobe.multi")],
            data: [new() { Name = ".bss", Content = [.. new byte[8]] }]).Load();
        BpfProgram program = loaded.Program("cookie");
        // Both orders: the places of a link are not sorted by name or address.
        foreach ((string first, string second) in ((string, string)[])[("getppid", "getuid"), ("getuid", "getppid")])
        {
            using BpfLink link = program.AttachUprobes("libc.so.6", [first, second], processId: Environment.ProcessId, cookies: [5, 0x1122334455667788]);
            Caller.Call(1);
            Assert.Equal(first == "getppid" ? 5 : 0x1122334455667788, loaded.ReadGlobal<long>(".bss", 0));
            _ = GetUser();
            Assert.Equal(first == "getuid" ? 5 : 0x1122334455667788, loaded.ReadGlobal<long>(".bss", 0));
        }

        Assert.Throws<ArgumentException>(() => program.AttachUprobes("libc.so.6", ["getppid"], cookies: [1, 2]));
        Assert.Throws<ArgumentException>(() => program.AttachUprobes("libc.so.6", ["getppi?"], cookies: [1]));
    }

    [KernelTheory(Minimum = "6.6", Needs = KernelNeeds.Uprobes, InexactMinimum = "before 6.10 only calls of the process's first thread are seen")]
    [InlineData(false)]
    [InlineData(true)]
    public void ProbesOfOneProcessSeeEachOfItsThreadsAndNoOtherProcess(bool returns)
    {
        using Process other = Process.Start(
            new ProcessStartInfo(Sample.Dotnet, [Path.Combine(AppContext.BaseDirectory, "BpfSharp.KernelTests.dll"), "--call"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        Assert.Equal("ready", other.StandardOutput.ReadLine());
        using BpfObject loaded = CodeBuilder.Open(
            [new CodeBuilder().LoadData(1, ".bss", 0).Move(2, 1).AtomicAdd64(1, 0, 2).Return(0).Function("count", returns ? "uretprobe.multi" : "uprobe.multi")],
            data: [new() { Name = ".bss", Content = [.. new byte[8]] }]).Load();
        void CallThere(int times)
        {
            other.StandardInput.WriteLine(times);
            Assert.Equal("called", other.StandardOutput.ReadLine());
        }

        using (BpfLink link = loaded.Program("count").AttachUprobes("libc.so.6", ["getppid"], returns, other.Id))
        {
            Caller.Call(7);
            Assert.Equal(0, loaded.ReadGlobal<long>(".bss", 0));
            CallThere(11);
            Assert.Equal(11, loaded.ReadGlobal<long>(".bss", 0));
        }

        using (BpfLink link = loaded.Program("count").AttachUprobes("libc.so.6", ["getppid"], returns))
        {
            // Without a process: everybody's.
            Caller.Call(7);
            CallThere(11);
            Assert.InRange(loaded.ReadGlobal<long>(".bss", 0), 11 + 18, long.MaxValue);
        }

        long last = loaded.ReadGlobal<long>(".bss", 0);
        CallThere(1);
        Assert.Equal(last, loaded.ReadGlobal<long>(".bss", 0));
        other.StandardInput.Close();
        other.WaitForExit();
        Assert.Contains("no such process", Assert.Throws<BpfException>(() => loaded.Program("count").AttachUprobes("libc.so.6", ["getppid"], returns, other.Id)).Message, StringComparison.Ordinal);
    }

    /// <summary>The result at the call says whether the return is seen: 0 that it is, 1 that it is not.</summary>
    [KernelTheory(Minimum = "6.13", Needs = KernelNeeds.Uprobes | KernelNeeds.BtfVmlinux)]
    [InlineData(0, 9, 9)]
    [InlineData(1, 9, 0)]
    public void UserSessionSeesTheCallAndItsReturn(int result, int calls, int returns)
    {
        using BpfObject loaded = Session("uprobe.session/libc.so.6:getppid", result).Load();
        using (BpfLink link = loaded.Program("session").Attach())
        {
            Assert.Equal(BpfLinkType.UprobeMulti, link.Info.Type);
            Caller.Call(9);
        }

        Caller.Call(3);
        Assert.Equal((calls, returns), (loaded.ReadGlobal<long>(".bss", 0), loaded.ReadGlobal<long>(".bss", 8)));
    }

    /// <inheritdoc cref="UserSessionSeesTheCallAndItsReturn"/>
    [KernelTheory(Minimum = "6.10", Needs = KernelNeeds.KprobeMulti | KernelNeeds.BtfVmlinux)]
    [InlineData(0, 9, 9)]
    [InlineData(1, 9, 0)]
    public void KernelSessionSeesTheCallAndItsReturn(int result, int calls, int returns)
    {
        using BpfObject loaded = Session("kprobe.session/__*64_sys_getpriority", result).Load();
        using (BpfLink link = loaded.Program("session").Attach())
        {
            Assert.Equal(BpfLinkType.KprobeMulti, link.Info.Type);
            for (int i = 0; i < 9; i++) CallGetPriority();
        }

        CallGetPriority();
        Assert.Equal((calls, returns), (loaded.ReadGlobal<long>(".bss", 0), loaded.ReadGlobal<long>(".bss", 8)));
    }

    /// <summary>A session of fentry and fexit is always both.</summary>
    [KernelFact(Minimum = "7.0", Needs = KernelNeeds.FentryFexit)]
    public void TracingSessionSeesTheCallAndItsReturn()
    {
        using BpfObject loaded = Session("fsession/vfs_read", 0).Load();
        using (BpfLink link = loaded.Program("session").Attach())
        {
            Assert.Equal((BpfLinkType.Tracing, AttachType.TraceFsession), (link.Info.Type, link.Info.AttachType));
            _ = File.ReadAllText("/proc/self/comm");
        }

        long calls = loaded.ReadGlobal<long>(".bss", 0);
        _ = File.ReadAllText("/proc/self/comm");
        Assert.True(calls > 0);
        Assert.Equal((calls, calls), (loaded.ReadGlobal<long>(".bss", 0), loaded.ReadGlobal<long>(".bss", 8)));
    }

    /// <summary>Counts this thread's calls at .bss+0 and their returns at .bss+8.</summary>
    private static BpfOpenObject Session(string section, int result)
    {
        BpfOpenObject open = CodeBuilder.Open(
        [
            new CodeBuilder().CallKernelFunction("bpf_session_is_return").ShiftLeft(0, 56).MoveRegister(6, 0)
                .Helper(14).Lower(0).LoadData(2, ".rodata", 0).Load32(1, 2, 0).JumpIfNotSame(0, 1, 6)
                .LoadData(1, ".bss", 0).Move(2, 1).JumpIfEqual(6, 0, 1).AddImmediate(1, 8).AtomicAdd64(1, 0, 2)
                .Return(result).Function("session", section),
        ],
        data: [new() { Name = ".bss", Content = [.. new byte[16]] }, new() { Name = ".rodata", Content = [.. new byte[4]] }]);
        open.Variable<int>(".rodata", 0) = (int)Number(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 178 : 186);
        return open;
    }

    private static void CallGetPriority() => Number(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? GetPriorityNumberArm : GetPriorityNumber);

    private static unsafe nint Number(int call) => Libc.Syscall(call, 0, null, 0);

    [LibraryImport("libc", EntryPoint = "getuid")]
    private static partial uint GetUser();
}
