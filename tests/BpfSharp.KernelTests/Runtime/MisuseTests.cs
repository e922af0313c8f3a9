using System.Net.Sockets;
using BpfSharp.Objects;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>What users do wrong, and what they are told.</summary>
public class MisuseTests
{
    [KernelFact(Minimum = "5.8")]
    public async Task ReadingEndsWhenTheRingIsDisposed()
    {
        BpfObject loaded = CodeBuilder.LoadMap(MapType.RingBuffer, 0, 0, 4096);
        BpfRingBuffer<ulong> ring = new(loaded.Map("map"));
        Task reading = Task.Run(async () =>
        {
            await foreach (ulong record in ring.ReadAllAsync(CancellationToken.None)) Assert.Fail($"nobody wrote {record}");
        });
        await Task.Delay(100);
        Assert.False(reading.IsCompleted);
        loaded.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => reading.WaitAsync(TimeSpan.FromSeconds(30)));
        // And it is not begun, however often it is tried.
        for (int i = 0; i < 2; i++) await Assert.ThrowsAsync<ObjectDisposedException>(async () =>
        {
            await foreach (ulong record in ring.ReadAllAsync(CancellationToken.None)) Assert.Fail($"nobody wrote {record}");
        });
    }

    [KernelFact]
    public void RefusalsSayWhatIsWrong()
    {
        using BpfObject array = CodeBuilder.LoadMap(MapType.Array, 4, 4, 3);
        Says("entries of arrays are always there", () => array.Map("map").Delete(new byte[4]));
        Says("no file of a bpf file system", () => BpfMap.OpenPinned("/etc/passwd"));
        using BpfObject loaded = CodeBuilder.Open(
            [Program("raw", "raw_tp/sys_enter", 0), Program("xdp", "xdp", 2), Program("filter", "socket", 0), Program("device", "cgroup/dev", 1)],
            [new() { Name = "table", Type = MapType.ProgramArray, KeySize = 4, ValueSize = 4, MaxEntries = 2 }]).Load();
        Says("take a context and no packet", () => loaded.Program("raw").TestRun(new byte[64]));
        BpfProgramArray table = new(loaded.Map("table"));
        table.Set(0, loaded.Program("xdp"));
        Says("all programs of a tail-call table", () => table.Set(1, loaded.Program("filter")));
        Says("a cgroup2 file system", () => loaded.Program("device").AttachCgroup("/tmp"));
        Assert.Contains("program 'xdp' twice", Assert.Throws<ObjectFormatException>(() => CodeBuilder.Open([Program("xdp", "xdp", 2), Program("xdp", "xdp", 2)])).Message, StringComparison.Ordinal);
    }

    [KernelFact(Minimum = "5.9", Needs = KernelNeeds.RawTracepoints)]
    public void LinksSayWhatTheyCannot()
    {
        using BpfObject loaded = CodeBuilder.Open([Program("raw", "raw_tp/sys_enter", 0), Program("xdp", "xdp", 2)]).Load();
        using BpfLink link = loaded.Program("raw").Attach();
        Says("cannot be detached and kept", link.Detach);
        Says("cannot be updated, or the program is of another type", () => link.Update(loaded.Program("xdp")));
        Says("its program is no iterator", () => link.OpenIterator());
        link.Dispose();
        Assert.Throws<ObjectDisposedException>(link.Detach);
    }

    [KernelFact(Needs = KernelNeeds.RawTracepoints)]
    public void ProgramIsAttachedToItsOwnKindOfHook()
    {
        using BpfObject loaded = CodeBuilder.Open(
            [Program("xdp", "xdp", 2), Program("raw", "raw_tp/sys_enter", 0)],
            [new() { Name = "sockets", Type = MapType.SockMap, KeySize = 4, ValueSize = 4, MaxEntries = 1 }]).Load();
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        BpfProgram xdp = loaded.Program("xdp"), raw = loaded.Program("raw");
        Action[] wrong =
        [
            () => xdp.AttachTc("lo"), () => xdp.AttachTc("lo", AttachType.TcxIngress), () => xdp.AttachCgroup("/", AttachType.CgroupInetIngress), () => xdp.AttachNetworkNamespace(),
            () => xdp.AttachSockMap(loaded.Map("sockets"), AttachType.SkMsgVerdict), () => xdp.AttachSocket(socket.SafeHandle),
            () => xdp.AttachNetfilter(new(BpfNetfilterFamily.IPv4, BpfNetfilterPoint.LocalIn)), () => xdp.AttachRoute(new(System.Net.IPNetwork.Parse("10.99.0.0/16"), "lo")),
            () => xdp.AttachKprobe("vfs_read"), () => xdp.AttachKretprobe("vfs_read"), () => xdp.AttachKprobes(["vfs_read"]),
            () => xdp.AttachUprobe(new("libc.so.6", "getppid")), () => xdp.AttachUprobes("libc.so.6", ["getppid"]), () => xdp.AttachUsdt(new("libc.so.6", "libc", "setjmp")),
            () => xdp.AttachTracepoint("raw_syscalls", "sys_enter"), () => xdp.AttachRawTracepoint("sys_enter"), () => xdp.AttachTracing(), () => xdp.AttachTracing(5),
            () => xdp.AttachIterator(), () => xdp.AttachPerfEvent(BpfPerfEvent.CpuClock()),
        ];
        Assert.All(wrong, static attach => Assert.Matches(@"program 'xdp' \(Xdp\) is not for .*; call AttachXdp", Assert.Throws<InvalidOperationException>(attach).Message));
        Assert.Equal("program 'raw' (RawTracepoint) is not for XDP; call AttachRawTracepoint", Assert.Throws<InvalidOperationException>(() => raw.AttachXdp("lo")).Message);
        using BpfProgram opened = BpfProgram.OpenById(raw.Info.Id);
        Assert.EndsWith("(RawTracepoint) is not for XDP", Assert.Throws<InvalidOperationException>(() => opened.AttachXdp("lo")).Message, StringComparison.Ordinal);
    }

    /// <summary>The name of an interface was given to the C library, which reads from null: the process ended.</summary>
    [KernelFact(Needs = KernelNeeds.RawTracepoints)]
    public void NamesThatAreNullAreSaid()
    {
        using BpfObject loaded = CodeBuilder.Open(
            [Program("xdp", "xdp", 2), Program("tc", "tc", 0), Program("raw", "raw_tp/sys_enter", 0), Program("point", "tracepoint", 0), Program("probe", "kprobe", 0)]).Load();
        Action[] wrong =
        [
            () => loaded.Program("xdp").AttachXdp(null!), () => loaded.Program("tc").AttachTc(null!, AttachType.TcxIngress), () => loaded.Program("raw").AttachRawTracepoint(null!),
            () => loaded.Program("point").AttachTracepoint(null!, "sys_enter"), () => loaded.Program("point").AttachTracepoint("raw_syscalls", null!), () => loaded.Program("xdp").Pin(null!),
            () => loaded.Program("probe").AttachKprobe(null!), () => loaded.Program("probe").AttachKprobes(null!),
        ];
        Assert.All(wrong, static attach => Assert.Throws<ArgumentNullException>(attach));
        Assert.Throws<ArgumentException>(() => loaded.Program("probe").AttachKprobes([]));
        Assert.Throws<ArgumentException>(() => loaded.Program("probe").AttachUprobes("libc.so.6", []));
    }

    /// <summary>A socket has one filter: the second takes the first one's place, and disposing the first leaves nothing for the second to detach.</summary>
    [KernelFact]
    public void SocketWhoseFilterIsGoneIsNoError()
    {
        using BpfObject loaded = CodeBuilder.Open([Program("filter", "socket", 0)]).Load();
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        BpfLink first = loaded.Program("filter").AttachSocket(socket.SafeHandle), second = loaded.Program("filter").AttachSocket(socket.SafeHandle);
        first.Dispose();
        second.Dispose();
    }

    [KernelFact(Minimum = "5.5")]
    public void MapIsFrozenBeforeItsMemoryIsShared()
    {
        using BpfMap map = BpfMap.Create(new MapSpec { Name = "map", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 4, Flags = BpfMapFlags.Mmapable });
        BpfArray<long> view = new(map);
        Assert.True(view.IsMapped);
        Says("freeze it before a view of it maps it", map.Freeze);
    }

    [KernelFact(Minimum = "6.9")]
    public void PartOfAnArenaLiesInTheArena()
    {
        using BpfMap map = BpfMap.Create(new MapSpec { Name = "arena", Type = MapType.Arena, MaxEntries = 2, Flags = BpfMapFlags.Mmapable });
        BpfArena arena = new(map);
        int length = (int)arena.Length;
        Assert.Equal(length, arena.Slice(0, length).Length);
        Assert.Equal(0, arena.Slice(length, 0).Length);
        foreach ((long offset, int bytes) in ((long, int)[])[(long.MaxValue, 8), (long.MaxValue, int.MaxValue), (-1, 8), (0, -1), (0, length + 1), (1, length), (length + 1, 0)])
            Assert.Throws<ArgumentOutOfRangeException>(() => arena.Slice(offset, bytes).Length);
    }

    [KernelFact]
    public void MapThatWasDisposedIsNotReused()
    {
        BpfMap given = BpfMap.Create(new MapSpec { Name = "given", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 4 });
        given.Dispose();
        BpfOpenObject open = CodeBuilder.Open([], [new() { Name = "map", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 4 }]);
        open.Map("map").Reuse = given;
        Assert.Throws<ObjectDisposedException>(() => open.Load());
    }

    [KernelFact(Needs = KernelNeeds.BtfVmlinux)]
    public void PlanMissesTheTargetsOfTracing()
    {
        BpfOpenObject open = CodeBuilder.Open(
            [Program("function", "fentry/no_such_function", 0), Program("hook", "lsm/no_such_hook", 0), Program("point", "tp_btf/no_such_point", 0), Program("walk", "iter/no_such_things", 0), Program("there", "iter/task", 0)]);
        IEnumerable<string> missing = open.Plan().Check().Where(s => s.Requirement.Kind == BpfRequirementKind.Target).Select(s => s.Requirement.Name);
        Assert.Equal(["no_such_function", "no_such_hook", "no_such_point", "no_such_things"], missing.Order());
    }

    [KernelFact]
    public void HelperThatThisKernelDoesNotHaveIsSaid()
    {
        FunctionSpec program = new CodeBuilder().Helper(5000).Return(0).Function("future", "socket");
        BpfVerifierException e = Assert.Throws<BpfVerifierException>(() => CodeBuilder.Open([program]).Load());
        Assert.Equal(BpfVerifierCause.HelperNotAllowed, e.Cause);
        Assert.Contains("not in this kernel", e.Message, StringComparison.Ordinal);
        Assert.Contains("5000", e.Reason, StringComparison.Ordinal);
    }

    [KernelFact(Needs = KernelNeeds.BtfVmlinux)]
    public void FunctionThatThisKernelDoesNotHaveIsSaid()
    {
        FunctionSpec program = new CodeBuilder().CallKernelFunction("no_such_function_of_any_kernel").Return(0).Function("future", "socket");
        Says("no_such_function_of_any_kernel", () => CodeBuilder.Open([program]).Load());
    }

    [KernelFact(Minimum = "5.8")]
    public void MissingCapabilityIsNamed()
    {
        const int SysAdmin = 21, NetAdmin = 12, PerfMon = 38, Bpf = 39;
        Capabilities.RunWithout([SysAdmin, Bpf], () => Says("CAP_BPF is missing", () => BpfMap.Create(new MapSpec { Name = "map", Type = MapType.LruHash, KeySize = 4, ValueSize = 4, MaxEntries = 1 })));
        Capabilities.RunWithout([SysAdmin, NetAdmin], () => Says("CAP_NET_ADMIN may be missing", () => CodeBuilder.Open([Program("xdp", "xdp", 2)]).Load()));
        Capabilities.RunWithout([SysAdmin, PerfMon], () => Says("CAP_PERFMON", () => CodeBuilder.Open([Program("raw", "raw_tp/sys_enter", 0)]).Load()));
    }

    /// <summary>A million instructions and one (4,096 and one before 5.2).</summary>
    [KernelFact]
    public void ProgramThatIsTooLongIsSaid()
    {
        CodeBuilder code = new();
        for (int i = 0; i < 1_000_000; i++) code.Move(0, 0);
        BpfException e = Assert.Throws<BpfException>(() => CodeBuilder.Open([code.Exit().Function("long", "socket")]).Load());
        Assert.Equal("E2BIG", e.ErrorName);
        Assert.Contains("1000001 instructions, more than this kernel takes", e.Message, StringComparison.Ordinal);
    }

    [KernelFact]
    public void ProgramIsOpenedByItsId()
    {
        using BpfObject loaded = CodeBuilder.Open([Program("xdp", "xdp", 2)]).Load();
        using BpfProgram again = BpfProgram.OpenById(loaded.Program("xdp").Info.Id);
        Assert.Equal((ProgramType.Xdp, 2u), (again.Type, again.TestRun(new byte[64]).ReturnValue));
        Assert.Equal("ENOENT", Assert.Throws<BpfException>(() => BpfProgram.OpenById(int.MaxValue)).ErrorName);
    }

    private static void Says(string reason, Action action) => Assert.Contains(reason, Assert.Throws<BpfException>(action).Message, StringComparison.Ordinal);

    private static FunctionSpec Program(string name, string section, int result) => new CodeBuilder().Return(result).Function(name, section);
}
