using System.Net;
using System.Net.Sockets;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>What links can be asked and told: cookies, places among other programs, updates of an expected program, what the kernel says of them.</summary>
public class LinkOptionTests
{
    private const int GetAttachCookie = 174;

    [KernelFact(Minimum = "6.10", Needs = KernelNeeds.RawTracepoints)]
    public void RawTracepointHasACookie()
    {
        using BpfObject loaded = Cookie("raw_tp/sys_enter").Load();
        using (loaded.Program("cookie").AttachRawTracepoint("sys_enter", 0x1122334455667788)) _ = File.Exists("/");
        Assert.Equal(0x1122334455667788ul, loaded.ReadGlobal<ulong>(".bss", 0));
    }

    [KernelFact(Minimum = "5.18", Needs = KernelNeeds.KprobeMulti)]
    public void EachKernelFunctionHasItsCookie()
    {
        using BpfObject loaded = Cookie("kprobe.multi").Load();
        BpfProgram program = loaded.Program("cookie");
        using (program.AttachKprobes(["vfs_statx", "vfs_read"], cookies: [5, 7])) _ = File.ReadAllText("/proc/self/comm");
        Assert.Equal(7ul, loaded.ReadGlobal<ulong>(".bss", 0));
        using (program.AttachKprobes(["vfs_read", "vfs_statx"], cookies: [5, 7])) _ = File.ReadAllText("/proc/self/comm");
        Assert.Equal(5ul, loaded.ReadGlobal<ulong>(".bss", 0));
        Assert.Throws<ArgumentException>(() => program.AttachKprobes(["vfs_read"], cookies: [1, 2]));
        Assert.Throws<ArgumentException>(() => program.AttachKprobes(["vfs_rea?"], cookies: [1]));
    }

    [KernelFact(Minimum = "5.15", Needs = KernelNeeds.PerfEvents)]
    public void SampleHasACookie()
    {
        using BpfObject loaded = Cookie("perf_event").Load();
        using BpfLinks links = loaded.Program("cookie").AttachPerfEvent(BpfPerfEvent.CpuClock(1000) with { Cookie = 99 });
        Assert.True(SpinWait.SpinUntil(() => loaded.ReadGlobal<ulong>(".bss", 0) == 99, TimeSpan.FromSeconds(20)));
    }

    [KernelFact(Minimum = "6.6", Needs = KernelNeeds.Tcx)]
    public void ProgramsStandWhereTheyAreToldTo()
    {
        using KernelSandbox sandbox = new();
        NetworkNamespace space = sandbox.AddNetworkNamespace();
        using BpfObject drop = Counter("tcx/egress", verdict: 2).Load(), before = Counter("tcx/egress", verdict: -1).Load(), behind = Counter("tcx/egress", verdict: -1).Load();
        BpfLink Attach(BpfObject loaded, BpfPlace? place) => space.Run(() => loaded.Program("count").AttachTc("lo", AttachType.TcxEgress, place));
        using BpfLink middle = Attach(drop, null);
        using (Attach(behind, BpfPlace.Last))
        using (BpfLink first = Attach(before, BpfPlace.Before(middle)))
        {
            Send(space);
            // The packet was dropped before it came to the last.
            Assert.Equal((1, 1, 0), (Seen(before), Seen(drop), Seen(behind)));
            Assert.True(first.Info.InterfaceIndex > 0);
            Assert.Equal(AttachType.TcxEgress, first.Info.AttachType);
        }

        using (Attach(behind, BpfPlace.First)) Send(space);
        using (Attach(before, BpfPlace.After(drop.Program("count")))) Send(space);
        Assert.Equal((1, 3, 1), (Seen(before), Seen(drop), Seen(behind)));
        Assert.Contains("attached there", Assert.Throws<BpfException>(() => Attach(behind, BpfPlace.Before(before.Program("count")))).Message, StringComparison.Ordinal);
    }

    [KernelFact(Minimum = "5.7", Needs = KernelNeeds.CgroupBpf)]
    public void ExpectedProgramIsReplaced()
    {
        using KernelSandbox sandbox = new();
        Cgroup group = sandbox.AddCgroup();
        using BpfObject first = Counter("cgroup_skb/egress", verdict: 1).Load(), second = Counter("cgroup_skb/egress", verdict: 1).Load();
        using BpfLink link = first.Program("count").AttachCgroup(group.Path);
        Assert.False(link.TryUpdate(second.Program("count"), expected: second.Program("count")));
        Assert.True(link.TryUpdate(second.Program("count"), expected: first.Program("count")));
        Assert.Equal(second.Program("count").Info.Id, link.Info.ProgramId);
        Assert.Equal(AttachType.CgroupInetEgress, link.Info.AttachType);
        Assert.Equal(Command.Run("stat", "-c", "%i", group.Path).Trim(), $"{link.Info.CgroupId}");
        using BpfLink again = BpfLink.OpenById(link.Info.Id);
        Assert.Equal(link.Info, again.Info);
        Assert.Equal("ENOENT", Assert.Throws<BpfException>(() => BpfLink.OpenById(int.MaxValue)).ErrorName);
    }

    [KernelFact(Minimum = "6.17", Needs = KernelNeeds.CgroupBpf, InexactMinimum = "later versions of 6.12 have it too")]
    public void ProgramsOfAGroupStandWhereTheyAreToldTo()
    {
        using KernelSandbox sandbox = new();
        Cgroup group = sandbox.AddCgroup();
        using BpfObject first = Counter("cgroup_skb/egress", verdict: 1).Load(), second = Counter("cgroup_skb/egress", verdict: 1).Load();
        using BpfLink link = first.Program("count").AttachCgroup(group.Path);
        using (second.Program("count").AttachCgroup(group.Path, place: BpfPlace.Before(link)))
        {
            // bpftool lists them in their order.
            string[] shown = [.. Command.Run("bpftool", "cgroup", "show", group.Path).Split('\n').Select(static l => l.Split(' ')[0])];
            int before = Array.IndexOf(shown, $"{second.Program("count").Info.Id}"), behind = Array.IndexOf(shown, $"{first.Program("count").Info.Id}");
            Assert.True(before >= 0 && before < behind, string.Join('|', shown));
        }
    }

    [KernelFact(Minimum = "5.9", Needs = KernelNeeds.RawTracepoints | KernelNeeds.NetworkNamespaces | KernelNeeds.XdpLink | KernelNeeds.BtfVmlinux)]
    public void KernelSaysWhatLinksAreAttachedTo()
    {
        using KernelSandbox sandbox = new();
        NetworkNamespace space = sandbox.AddNetworkNamespace();
        using BpfObject loaded = CodeBuilder.Open(
            [Nothing("raw", "raw_tp/sys_enter", 0), Nothing("lookup", "sk_lookup", 1), Nothing("xdp", "xdp", 2), Nothing("iterator", "iter/task", 0)]).Load();
        using (BpfLink link = loaded.Program("raw").Attach()) Assert.Equal((BpfLinkType.RawTracepoint, "sys_enter"), (link.Info.Type, link.Info.Target));
        using (BpfLink link = loaded.Program("iterator").Attach()) Assert.Equal((BpfLinkType.Iterator, "task"), (link.Info.Type, link.Info.Target));
        using (BpfLink link = loaded.Program("lookup").AttachNetworkNamespace(space.Path))
        {
            Assert.Equal(AttachType.SkLookup, link.Info.AttachType);
            Assert.Equal(Command.Run("stat", "-L", "-c", "%i", space.Path).Trim(), $"{link.Info.NamespaceInode}");
        }

        // The loopback device is the first of each namespace.
        using (BpfLink link = space.Run(() => loaded.Program("xdp").AttachXdp("lo", BpfXdpMode.Generic))) Assert.Equal(1, link.Info.InterfaceIndex);
    }

    [KernelFact(Minimum = "6.1", Needs = KernelNeeds.BtfVmlinux)]
    public void IteratorWalksTheThreadsOfAProcess()
    {
        using BpfObject loaded = CodeBuilder.Open([ByteForEach("tasks", "iter/task")]).Load();
        BpfProgram program = loaded.Program("tasks");
        int threads = Directory.GetDirectories("/proc/self/task").Length;
        Assert.InRange(Read(program.AttachIterator(Environment.ProcessId)).Length, 2, threads + 10);
        Assert.Single(Read(program.AttachIterator(0, Environment.ProcessId)));
        Assert.True(Read(program.AttachIterator()).Length > threads);
    }

    /// <summary>An iterator that writes a byte for each thing; behind the last there is none.</summary>
    internal static Objects.FunctionSpec ByteForEach(string name, string section) => new CodeBuilder()
        .Load64(2, 1, 8).JumpIfEqual(2, 0, 8).Load64(1, 1, 0).Load64(1, 1, 0)
        .Move(2, 1).Store32(10, -8, 2).MoveRegister(2, 10).AddImmediate(2, -8).Move(3, 1).Helper(127).Return(0).Function(name, section);

    /// <summary>What an iterator writes.</summary>
    internal static byte[] Read(BpfLink link)
    {
        using (link)
        using (Stream stream = link.OpenIterator())
        {
            using MemoryStream copy = new();
            stream.CopyTo(copy);
            return copy.ToArray();
        }
    }

    private static Objects.FunctionSpec Nothing(string name, string section, int result) => new CodeBuilder().Return(result).Function(name, section);

    private static BpfOpenObject Cookie(string section) => CodeBuilder.Open(
        [new CodeBuilder().Helper(GetAttachCookie).LoadData(1, ".bss", 0).Store64(1, 0, 0).Return(0).Function("cookie", section)],
        data: [new() { Name = ".bss", Content = [.. new byte[8]] }]);

    private static BpfOpenObject Counter(string section, int verdict) => CodeBuilder.Open(
        [new CodeBuilder().LoadData(1, ".bss", 0).Move(2, 1).AtomicAdd64(1, 0, 2).Return(verdict).Function("count", section)],
        data: [new() { Name = ".bss", Content = [.. new byte[8]] }]);

    private static int Seen(BpfObject loaded) => (int)loaded.ReadGlobal<ulong>(".bss", 0);

    private static void Send(NetworkNamespace space) => space.Run(() =>
    {
        using UdpClient sender = new();
        sender.Send([1], new IPEndPoint(IPAddress.Loopback, 9));
    });
}
