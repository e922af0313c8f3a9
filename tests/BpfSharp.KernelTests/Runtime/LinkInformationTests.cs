using System.Globalization;
using BpfSharp.Objects;
using BpfSharp.Objects.Btf;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>What the kernel says of a link, next to what the test attached, to what bpftool and <c>/proc</c> say of the same things, and to the link's own <c>fdinfo</c> where the kernel writes it there.</summary>
public sealed class LinkInformationTests
{
    private const ulong Cookie = 0x1122334455667788;

    [KernelFact(Minimum = "5.8")]
    public void KindsOfLinksAreThoseOfTheKernel()
    {
        BtfEnum kinds = BtfReader.Read(File.ReadAllBytes("/sys/kernel/btf/vmlinux")).OfType<BtfEnum>().First(static e => e.Name == "bpf_link_type");
        foreach (BtfEnumValue kind in kinds.Values.Where(static v => !v.Name.Contains("MAX_", StringComparison.Ordinal)))
            Assert.True(Enum.IsDefined((BpfLinkType)kind.Value), kind.Name);
    }

    [KernelFact(Minimum = "6.17", Needs = KernelNeeds.RawTracepoints, InexactMinimum = "before it the kernel keeps the cookie to itself")]
    public void RawTracepointHasItsNameAndCookie()
    {
        using BpfObject loaded = Nothing("raw_tp/sys_enter");
        using BpfLink link = loaded.Program("nothing").AttachRawTracepoint("sys_enter", Cookie);
        Assert.Equal(("sys_enter", Cookie), (link.Info.Target, link.Info.Cookie));
        AssertShown(link, "tp_name:\tsys_enter", $"cookie:\t{Cookie}");
        using BpfLink without = loaded.Program("nothing").Attach();
        Assert.Equal(0ul, without.Info.Cookie);
    }

    [KernelFact(Minimum = "6.6", Needs = KernelNeeds.Tracepoints)]
    public void TracepointHasItsName()
    {
        using BpfObject loaded = Nothing("tp/sched/sched_switch");
        using BpfLink link = loaded.Program("nothing").AttachTracepoint("sched", "sched_switch", Cookie);
        BpfLinkInfo info = link.Info;
        Assert.Equal((BpfLinkType.PerfEvent, "sched_switch", BpfPerfEventKind.Tracepoint), (info.Type, info.Target, info.PerfEvent?.Kind));
        AssertCookie(info);
        AssertProc(link, "tp_name:\tsched_switch", "event_type:\ttracepoint", $"cookie:\t{Cookie}");
    }

    [KernelTheory(Minimum = "6.6", Needs = KernelNeeds.Uprobes)]
    [InlineData(false, BpfPerfEventKind.Uprobe, "uprobe")]
    [InlineData(true, BpfPerfEventKind.Uretprobe, "uretprobe")]
    public void UprobeHasItsFileAndOffset(bool returns, BpfPerfEventKind kind, string shown)
    {
        using BpfObject loaded = Nothing("uprobe");
        using BpfLink link = loaded.Program("nothing").AttachUprobe(new BpfUprobe("libc.so.6", "getppid", IsReturn: returns, Cookie: Cookie));
        BpfLinkInfo info = link.Info;
        (string path, ulong offset) = InLibc("getppid");
        Assert.Equal((Identity(path), kind, offset), (Identity(info.Target), info.PerfEvent!.Kind, info.PerfEvent.Offset));
        Assert.Equal(ThisKernel.Version >= new KernelVersion(6, 16) ? 0ul : null, info.PerfEvent.CounterOffset);
        AssertCookie(info);
        AssertProc(link, $"name:\t{info.Target}", $"offset:\t0x{offset:x}", $"event_type:\t{shown}", $"cookie:\t{Cookie}");
    }

    [KernelTheory(Minimum = "6.6", Needs = KernelNeeds.Kprobes)]
    [InlineData(false, BpfPerfEventKind.Kprobe, "kprobe")]
    [InlineData(true, BpfPerfEventKind.Kretprobe, "kretprobe")]
    public void KprobeHasItsFunctionAndAddress(bool returns, BpfPerfEventKind kind, string shown)
    {
        using BpfObject loaded = Nothing("kprobe");
        BpfProgram program = loaded.Program("nothing");
        using BpfLink link = returns ? program.AttachKretprobe("vfs_statx", Cookie) : program.AttachKprobe("vfs_statx", cookie: Cookie);
        BpfLinkInfo info = link.Info;
        Assert.Equal(("vfs_statx", kind, 0ul), (info.Target, info.PerfEvent!.Kind, info.PerfEvent.Offset));
        // The probe may be behind the instruction that indirect jumps arrive at.
        Assert.InRange(info.PerfEvent.Address!.Value - Symbol("vfs_statx"), 0ul, 16ul);
        Assert.Equal(ThisKernel.Version >= new KernelVersion(6, 7) ? 0ul : null, info.PerfEvent.Missed);
        AssertCookie(info);
        AssertProc(link, "name:\tvfs_statx", "offset:\t0x0", "missed:\t0", $"event_type:\t{shown}", $"cookie:\t{Cookie}");
    }

    [KernelFact(Minimum = "6.6", Needs = KernelNeeds.PerfEvents)]
    public void SampledEventHasItsTypeAndNumber()
    {
        using BpfObject loaded = Nothing("perf_event");
        using BpfLinks links = loaded.Program("nothing").AttachPerfEvent(new BpfPerfEvent(BpfPerfEventType.Software, 3) { Period = 1_000_000, Cookie = Cookie });
        BpfLink link = links.Items[0];
        // PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES
        Assert.Equal((BpfPerfEventKind.Event, 1u, 3ul), (link.Info.PerfEvent!.Kind, link.Info.PerfEvent.EventType, link.Info.PerfEvent.Config));
        AssertCookie(link.Info);
        AssertProc(link, "type:\t1", "config:\t3", "event_type:\tevent", $"cookie:\t{Cookie}");
    }

    [KernelFact(Minimum = "6.8", Needs = KernelNeeds.Uprobes)]
    public void UprobesHaveTheirOffsetsAndCookies()
    {
        using BpfObject loaded = Nothing("uprobe.multi");
        BpfProgram program = loaded.Program("nothing");
        (string path, ulong first) = InLibc("getppid");
        (_, ulong second) = InLibc("getuid");
        using (BpfLink link = program.AttachUprobes("libc.so.6", ["getppid", "getuid"], processId: Environment.ProcessId, cookies: [5, Cookie]))
        {
            Assert.Equal((Identity(path), new BpfProbesInfo(2, IsReturn: false) { ProcessId = Environment.ProcessId }), (Identity(link.Info.Target), link.Info.Probes));
            Assert.Equal(
                [new BpfLinkProbe { Offset = first, CounterOffset = 0, Cookie = 5 }, new BpfLinkProbe { Offset = second, CounterOffset = 0, Cookie = Cookie }],
                link.GetProbes());
            AssertProc(link, "uprobe_cnt:\t2", $"pid:\t{Environment.ProcessId}", $"path:\t{link.Info.Target}", $"5\t 0x{first:x}\t 0x0", $"{Cookie}\t 0x{second:x}\t 0x0");
        }

        using BpfLink all = program.AttachUprobes("libc.so.6", ["getppid"], returns: true);
        Assert.Equal(new BpfProbesInfo(1, IsReturn: true) { ProcessId = 0 }, all.Info.Probes);
        Assert.Equal([new BpfLinkProbe { Offset = first, CounterOffset = 0, Cookie = 0 }], all.GetProbes());
    }

    [KernelFact(Minimum = "6.6", Needs = KernelNeeds.KprobeMulti)]
    public void KprobesHaveTheirAddressesAndCookies()
    {
        using BpfObject loaded = Nothing("kprobe.multi");
        using BpfLink link = loaded.Program("nothing").AttachKprobes(["vfs_statx", "vfs_read"], returns: true, cookies: [5, 7]);
        BpfProbesInfo probes = link.Info.Probes!;
        Assert.Equal((2, true, null), (probes.Count, probes.IsReturn, probes.ProcessId));
        Assert.Equal(ThisKernel.Version >= new KernelVersion(6, 7), probes.Missed is not null);
        Dictionary<ulong, ulong?> cookies = link.GetProbes().ToDictionary(static p => p.Address!.Value, static p => p.Cookie);
        Assert.Equal(2, cookies.Count);
        bool known = ThisKernel.Version >= new KernelVersion(6, 9);
        foreach ((string function, ulong cookie) in ((string, ulong)[])[("vfs_statx", 5), ("vfs_read", 7)])
        {
            ulong start = Symbol(function);
            Assert.Equal(known ? cookie : null, cookies.Single(c => c.Key - start <= 16).Value);
        }

        AssertProc(link, "kprobe_cnt:\t2", "missed:\t0");
    }

    [KernelFact(Minimum = "5.13", Needs = KernelNeeds.FentryFexit)]
    public void TracingHasItsFunction()
    {
        using BpfObject loaded = Nothing("fentry/vfs_read");
        bool hasCookie = ThisKernel.Version >= new KernelVersion(6, 0);
        using BpfLink link = loaded.Program("nothing").AttachTracing(hasCookie ? Cookie : 0);
        BpfLinkInfo info = link.Info;
        Assert.Equal("vmlinux", Assert.Single(BpfBtf.EnumerateInfos(), b => b.Id == info.TargetObjectId).Name);
        string line = Command.Run("bpftool", "btf", "dump", "id", $"{info.TargetObjectId}").Split('\n').Single(static l => l.Contains("] FUNC 'vfs_read' ", StringComparison.Ordinal));
        Assert.StartsWith($"[{info.TargetTypeId}]", line, StringComparison.Ordinal);
        Assert.Equal(ThisKernel.Version >= new KernelVersion(6, 17) ? Cookie : null, info.Cookie);
        AssertProc(link, $"target_obj_id:\t{info.TargetObjectId}", $"target_btf_id:\t{info.TargetTypeId}");
    }

    [KernelFact(Minimum = "5.10", Needs = KernelNeeds.BtfVmlinux)]
    public void IteratorHasItsMap()
    {
        using BpfObject loaded = CodeBuilder.Open([LinkOptionTests.ByteForEach("walk", "iter/bpf_map_elem")]).Load();
        using BpfMap map = BpfMap.Create(new() { Name = "walked", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 8 });
        using BpfLink link = loaded.Program("walk").AttachIterator(map);
        Assert.Equal(("bpf_map_elem", map.Info.Id), (link.Info.Target, link.Info.MapId));
        AssertShown(link, "target_name:\tbpf_map_elem", $"map_id:\t{map.Info.Id}");
    }

    [KernelFact(Minimum = "6.1", Needs = KernelNeeds.BtfVmlinux | KernelNeeds.Cgroup2)]
    public void IteratorHasItsGroupOrProcess()
    {
        using KernelSandbox sandbox = new();
        string group = sandbox.AddCgroup().Path;
        using BpfObject loaded = CodeBuilder.Open([LinkOptionTests.ByteForEach("groups", "iter/cgroup"), LinkOptionTests.ByteForEach("tasks", "iter/task")]).Load();
        using (BpfLink link = loaded.Program("groups").AttachIterator(group, BpfCgroupOrder.Ancestors))
        {
            Assert.Equal(("cgroup", BpfCgroupOrder.Ancestors), (link.Info.Target, link.Info.CgroupOrder));
            Assert.Equal(Command.Run("stat", "-c", "%i", group).Trim(), $"{link.Info.CgroupId}");
            AssertShown(link, "order: ancestors_up");
        }

        using (BpfLink link = loaded.Program("tasks").AttachIterator(Environment.ProcessId)) Assert.Equal((Environment.ProcessId, 0), (link.Info.ProcessId, link.Info.ThreadId));
        using (BpfLink link = loaded.Program("tasks").AttachIterator(0, Environment.ProcessId)) Assert.Equal((0, Environment.ProcessId), (link.Info.ProcessId, link.Info.ThreadId));
        using (BpfLink link = loaded.Program("tasks").AttachIterator()) Assert.Equal((0, 0), (link.Info.ProcessId, link.Info.ThreadId));
    }

    [KernelFact(Minimum = "6.4", Needs = KernelNeeds.Netfilter)]
    public void NetfilterHasItsHookAndPriority()
    {
        using KernelSandbox sandbox = new();
        NetworkNamespace space = sandbox.AddNetworkNamespace();
        using BpfObject loaded = Nothing("netfilter", 1);
        BpfNetfilterHook hook = new(BpfNetfilterFamily.IPv6, BpfNetfilterPoint.LocalOut, Priority: -77);
        using BpfLink link = space.Run(() => loaded.Program("nothing").AttachNetfilter(hook));
        Assert.Equal(hook, link.Info.Netfilter);
        AssertShown(link, "pf:\t10\thooknum:\t3\tprio:\t-77");
    }

    [KernelFact(Minimum = "6.10", Needs = KernelNeeds.SockMap)]
    public void SockMapLinkHasItsMap()
    {
        using BpfObject loaded = Nothing("sk_msg", 1);
        using BpfObject maps = CodeBuilder.LoadMap(MapType.SockMap, 4, 4, 2);
        using BpfLink link = loaded.Program("nothing").AttachSockMap(new BpfSocketMap<int>(maps.Map("map")));
        Assert.Equal((maps.Map("map").Info.Id, AttachType.SkMsgVerdict), (link.Info.MapId, link.Info.AttachType));
        AssertShown(link, $"map_id:\t{link.Info.MapId}");
    }

    [KernelFact(Minimum = "6.7", Needs = KernelNeeds.Netkit)]
    public void NetkitLinkHasItsInterface()
    {
        using KernelSandbox sandbox = new();
        NetworkNamespace space = sandbox.AddNetworkNamespace();
        space.Ip("link", "add", "tested0", "type", "netkit");
        using BpfObject loaded = Nothing("netkit/primary");
        using BpfLink link = space.Run(() => loaded.Program("nothing").AttachTc("tested0", AttachType.NetkitPrimary));
        Assert.StartsWith($"{link.Info.InterfaceIndex}: tested0", space.Ip("-o", "link", "show", "dev", "tested0"), StringComparison.Ordinal);
        Assert.Equal(AttachType.NetkitPrimary, link.Info.AttachType);
    }

    [ClangFact(Minimum = "6.4", Needs = KernelNeeds.StructOpsTcp)]
    public void LinkOfATableHasItsMap()
    {
        BpfOpenObject open = Clang.Open("congestion");
        open.Map("plain").AutoLoad = false;
        using BpfObject loaded = open.Load();
        using BpfLink link = new BpfStructOps(loaded.Map("linked")).Attach();
        Assert.Equal((BpfLinkType.StructOps, loaded.Map("linked").Info.Id), (link.Info.Type, link.Info.MapId));
        AssertShown(link, $"map_id:\t{link.Info.MapId}");
    }

    private static BpfObject Nothing(string section, int result = 0) => CodeBuilder.Open([new CodeBuilder().Return(result).Function("nothing", section)]).Load();

    private static void AssertCookie(BpfLinkInfo info) => Assert.Equal(ThisKernel.Version >= new KernelVersion(6, 9) ? Cookie : null, info.Cookie);

    /// <summary>What the kernel writes of such links since Linux 6.17 at the latest.</summary>
    private static void AssertProc(BpfLink link, params string[] lines)
    {
        if (ThisKernel.Version >= new KernelVersion(6, 17)) AssertShown(link, lines);
    }

    private static void AssertShown(BpfLink link, params string[] lines)
    {
        string[] shown = File.ReadAllLines($"/proc/self/fdinfo/{link.Handle.DangerousGetHandle()}");
        foreach (string line in lines) Assert.Contains(line, shown);
    }

    /// <summary>Device and inode: the library has several paths.</summary>
    private static string Identity(string file) => Command.Run("stat", "-L", "-c", "%d:%i", file);

    private static ulong Symbol(string name) =>
        ulong.Parse(File.ReadLines("/proc/kallsyms").First(l => l.Split(' ', '\t')[2] == name).Split(' ')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    /// <summary>Where the C library is, and a function in it: its address in this process, less where the file is mapped.</summary>
    private static (string Path, ulong Offset) InLibc(string function)
    {
        nint library = System.Runtime.InteropServices.NativeLibrary.Load("libc.so.6");
        ulong address = (ulong)System.Runtime.InteropServices.NativeLibrary.GetExport(library, function);
        foreach (string line in File.ReadLines("/proc/self/maps"))
        {
            string[] parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            ulong[] range = [.. parts[0].Split('-').Select(static p => ulong.Parse(p, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
            if (address >= range[0] && address < range[1]) return (parts[5], address - range[0] + ulong.Parse(parts[2], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        }

        throw new InvalidOperationException($"{function} is mapped nowhere");
    }
}
