using System.Globalization;
using System.Text.Json;
using BpfSharp.Objects;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>What the kernel knows of programs, maps and interfaces, next to what bpftool, ip and /proc say of them.</summary>
public class InformationTests
{
    [KernelFact(Minimum = "5.8")]
    public void ProgramsAreDescribedAsBpftoolDoes()
    {
        TimeSpan before = SinceBoot();
        using BpfObject loaded = CodeBuilder.Open(
            [new CodeBuilder().LoadData(1, ".bss", 0).LoadMap(2, "map").Return(2).Function("described", "xdp")],
            [new() { Name = "map", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 4 }],
            [new() { Name = ".bss", Content = [.. new byte[8]] }]).Load();
        TimeSpan after = SinceBoot();
        using (BpfRunStatistics.Enable()) loaded.Program("described").TestRun(new byte[64], 50);
        BpfProgramInfo info = loaded.Program("described").Info;
        JsonElement shown = Bpftool("prog", info.Id);
        Assert.Equal((ProgramType.Xdp, "xdp"), (info.Type, Text("type")));
        Assert.Equal(("described", $"{info.Tag:x16}"), (Text("name"), Text("tag")));
        Assert.Equal((info.TranslatedLength, info.JitedLength), (Number("bytes_xlated"), Number("bytes_jited")));
        Assert.Equal((2, info.MapCount), (info.MapCount, shown.GetProperty("map_ids").GetArrayLength()));
        Assert.Equal((50, (ulong)Number("run_cnt"), (ulong)Number("run_time_ns")), (Number("run_cnt"), info.RunCount, info.RunTimeNanoseconds));
        Assert.True(info.RunTimeNanoseconds > 0);
        Assert.InRange(info.LoadTime, before, after);

        string Text(string name) => shown.GetProperty(name).GetString()!;
        int Number(string name) => shown.GetProperty(name).GetInt32();
    }

    [KernelFact(Minimum = "6.3", Needs = KernelNeeds.RawTracepoints, InexactMinimum = "before it bpf_trace_printk holds a lock that the program at its tracepoint waits for, and before 6.1 a program at a raw tracepoint calls itself without end")]
    public void RunsThatWereMissedAreCountedAsBpftoolDoes()
    {
        // At the tracepoint that printing passes, it prints: its run there for each print of its own is missed.
        const int Prints = 7;
        using BpfObject loaded = CodeBuilder.Open(
            [Print(new CodeBuilder().LoadData(1, ".bss", 0).Move(2, 1).AtomicAdd64(1, 0, 2), "printing", "raw_tp/bpf_trace_printk"), Print(new CodeBuilder(), "first", "raw_tp/sys_enter")],
            [],
            [new() { Name = ".bss", Content = [.. new byte[8]] }]).Load();
        BpfProgram program = loaded.Program("printing");
        Assert.Equal(0ul, program.Info.RecursionMisses);
        ulong context = 0;
        using (program.Attach())
        {
            for (int i = 0; i < Prints; i++) loaded.Program("first").TestRun(ref context);
        }

        BpfProgramInfo info = program.Info;
        Assert.Equal(Bpftool("prog", info.Id).GetProperty("recursion_misses").GetUInt64(), info.RecursionMisses);
        Assert.Equal(loaded.ReadGlobal<ulong>(".bss", 0), info.RecursionMisses);
        Assert.True(info.RecursionMisses >= Prints, $"{info.RecursionMisses} of {Prints}");

        static FunctionSpec Print(CodeBuilder code, string name, string section) =>
            code.Move(1, 'a').Store64(10, -8, 1).MoveRegister(1, 10).AddImmediate(1, -8).Move(2, 2).Helper(6).Return(0).Function(name, section);
    }

    [KernelFact]
    public void MapsAreDescribedAsBpftoolDoes()
    {
        using BpfMap map = BpfMap.Create(new() { Name = "described", Type = MapType.LpmTrie, KeySize = 8, ValueSize = 16, MaxEntries = 7, Flags = BpfMapFlags.NoPreallocation });
        BpfMapInfo info = map.Info;
        JsonElement shown = Bpftool("map", info.Id);
        Assert.Equal((MapType.LpmTrie, "lpm_trie"), (info.Type, shown.GetProperty("type").GetString()));
        Assert.Equal(("described", info.Name), (info.Name, shown.GetProperty("name").GetString()));
        Assert.Equal((8, 16, 7u, BpfMapFlags.NoPreallocation), (info.KeySize, info.ValueSize, info.MaxEntries, info.Flags));
        Assert.Equal((8, 16, 7, 1), (Number("bytes_key"), Number("bytes_value"), Number("max_entries"), Number("flags")));

        int Number(string name) => shown.GetProperty(name).GetInt32();
    }

    [KernelTheory(Minimum = "5.9", Needs = KernelNeeds.Veth)]
    [InlineData(BpfXdpMode.Generic, "xdpgeneric")]
    [InlineData(BpfXdpMode.Driver, "xdp")]
    [InlineData(BpfXdpMode.Automatic, "xdp")]
    public void XdpProgramRunsWhereItIsToldTo(BpfXdpMode mode, string shown)
    {
        using KernelSandbox sandbox = new();
        (VethEnd left, _) = sandbox.AddVethPair();
        using BpfObject loaded = CodeBuilder.Open([new CodeBuilder().Return(2).Function("pass", "xdp")]).Load();
        using (left.Namespace.Run(() => loaded.Program("pass").AttachXdp("left", mode))) Assert.Contains(shown, Words());
        Assert.DoesNotContain(Words(), static w => w.StartsWith("xdp", StringComparison.Ordinal));

        string[] Words() => left.Namespace.Ip("link", "show", "dev", "left").Split(' ', '\n');
    }

    [KernelFact]
    public void LogOfAnAcceptedProgramIsGivenToWhoAsksForIt()
    {
        Dictionary<string, string> logs = [];
        BpfOpenObject open = CodeBuilder.Open([new CodeBuilder().Return(1).Function("first", "socket"), new CodeBuilder().Return(2).Function("second", "socket")]);
        open.Load(new BpfLoadOptions { LogSink = logs.Add }).Dispose();
        Assert.Empty(logs);
        open.Load(new BpfLoadOptions { LogLevel = 2, LogSink = logs.Add }).Dispose();
        Assert.Equal(["first", "second"], logs.Keys.Order());
        // The instructions, and what they cost.
        Assert.Contains("r0 = 1", logs["first"], StringComparison.Ordinal);
        Assert.Contains("processed 2 insns", logs["second"], StringComparison.Ordinal);
    }

    [KernelFact(Minimum = "5.9", Needs = KernelNeeds.BtfVmlinux)]
    public void IteratorWalksTheMapThatItIsGiven()
    {
        // Writes each value; behind the last there is none.
        using BpfObject loaded = CodeBuilder.Open(
        [
            new CodeBuilder().Load64(2, 1, 24).JumpIfEqual(2, 0, 8).Load64(3, 2, 0).Store64(10, -8, 3).Load64(1, 1, 0).Load64(1, 1, 0)
                .MoveRegister(2, 10).AddImmediate(2, -8).Move(3, 8).Helper(127).Return(0).Function("values", "iter/bpf_map_elem"),
        ]).Load();
        foreach (int count in (int[])[0, 1, 5000])
        {
            using BpfHashMap<int, long> map = new(BpfMap.Create(new() { Name = "walked", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 8192 }));
            int[] keys = [.. Enumerable.Range(0, count)];
            map.SetRange(keys, [.. keys.Select(static k => k * 3L)]);
            byte[] bytes = LinkOptionTests.Read(loaded.Program("values").AttachIterator(map));
            Assert.Equal(keys.Select(static k => k * 3L), Enumerable.Range(0, bytes.Length / 8).Select(i => BitConverter.ToInt64(bytes, i * 8)).Order());
        }
    }

    [KernelFact(Minimum = "6.1", Needs = KernelNeeds.BtfVmlinux | KernelNeeds.Cgroup2)]
    public void IteratorWalksTheGroupsThatItIsGiven()
    {
        using KernelSandbox sandbox = new();
        string group = sandbox.AddCgroup().Path;
        string[] below = [Path.Combine(group, "a"), Path.Combine(group, "a", "b"), Path.Combine(group, "c")];
        foreach (string folder in below)
        {
            Directory.CreateDirectory(folder);
            sandbox.OnDispose(() => Directory.Delete(folder));
        }

        // Writes a byte for each group; behind the last there is none.
        using BpfObject loaded = CodeBuilder.Open([LinkOptionTests.ByteForEach("groups", "iter/cgroup")]).Load();
        int Visited(string path, BpfCgroupOrder order) => LinkOptionTests.Read(loaded.Program("groups").AttachIterator(path, order)).Length;
        Assert.Equal(1, Visited(group, BpfCgroupOrder.Self));
        Assert.Equal(4, Visited(group, BpfCgroupOrder.DescendantsFirstParent));
        Assert.Equal(4, Visited(group, BpfCgroupOrder.DescendantsLastParent));
        Assert.Equal(2, Visited(below[0], BpfCgroupOrder.DescendantsFirstParent));
        Assert.Equal(Visited(group, BpfCgroupOrder.Ancestors) + 2, Visited(below[1], BpfCgroupOrder.Ancestors));
    }

    private static JsonElement Bpftool(string kind, uint id) =>
        JsonDocument.Parse(Command.Run("bpftool", "-j", kind, "show", "id", $"{id}")).RootElement;

    /// <summary>The clock that the kernel stamps programs with (<c>CLOCK_BOOTTIME</c>), in hundredths of a second.</summary>
    private static TimeSpan SinceBoot()
    {
        // What lies between two hundredths is left out here, so wait for the next one.
        TimeSpan first = Read();
        while (Read() == first) Thread.Yield();
        return Read();

        static TimeSpan Read() => TimeSpan.FromSeconds(double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], CultureInfo.InvariantCulture));
    }
}
