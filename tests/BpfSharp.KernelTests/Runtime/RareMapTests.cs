using System.Net;
using System.Net.Sockets;
using BpfSharp.Objects;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Runtime;

public class RareMapTests
{
    [KernelFact]
    public void TailCallsFollowTheTable()
    {
        BpfOpenObject open = CodeBuilder.Open(
            [
                new CodeBuilder().LoadMap(2, "table").Move(3, 0).Helper(12).Return(1).Function("first", "socket"),
                new CodeBuilder().Return(2).Function("second", "socket"),
            ],
            [new() { Name = "table", Type = MapType.ProgramArray, KeySize = 4, ValueSize = 4, MaxEntries = 1 }]);
        using BpfObject loaded = open.Load();
        BpfProgramArray table = new(loaded.Map("table"));
        Assert.Equal(1u, loaded.Program("first").TestRun(new byte[64]).ReturnValue);
        table.Set(0, loaded.Program("second"));
        Assert.Equal(loaded.Program("second").Info.Id, table.ProgramId(0));
        Assert.Equal(2u, loaded.Program("first").TestRun(new byte[64]).ReturnValue);
        Assert.True(table.Remove(0));
        Assert.Equal(1u, loaded.Program("first").TestRun(new byte[64]).ReturnValue);
    }

    [KernelFact]
    public void InnerMapsAreOpenedAgain()
    {
        MapSpec inner = new() { Name = "outer.inner", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 1 };
        using BpfObject loaded = CodeBuilder.Open([], [new() { Name = "outer", Type = MapType.HashOfMaps, KeySize = 8, ValueSize = 4, MaxEntries = 4, Inner = inner }]).Load();
        BpfMapOfMaps<long> outer = new(loaded.Map("outer"));
        using (BpfMap first = BpfMap.Create(inner))
        {
            new BpfArray<long>(first)[0] = 7;
            outer.Set(5, first);
        }

        using (BpfMap? again = outer.Open(5)) Assert.Equal(7, new BpfArray<long>(again!)[0]);
        Assert.Null(outer.Open(6));
        using BpfMap other = BpfMap.Create(inner with { ValueSize = 4 });
        Assert.Equal("EINVAL", Assert.Throws<BpfException>(() => outer.Set(6, other)).ErrorName);
    }

    [KernelFact(Minimum = "5.16")]
    public void BloomFilterNeverForgets()
    {
        using BpfObject loaded = CodeBuilder.LoadMap(MapType.BloomFilter, 0, 4, 1000);
        BpfBloomFilter<int> filter = new(loaded.Map("map"));
        for (int i = 0; i < 500; i++) filter.Add(i);
        Assert.All(Enumerable.Range(0, 500), i => Assert.True(filter.MayContain(i)));
        Assert.True(Enumerable.Range(1000, 1000).Count(filter.MayContain) < 500);
    }

    [ClangFact(Minimum = "5.11")]
    public void TaskStorageBelongsToTheProcess()
    {
        // Storages need BTF, which clang gives here.
        using BpfObject loaded = Clang.Open("task_storage").Load();
        BpfStorageMap<long> storage = new(loaded.Map("values"));
        using System.Runtime.InteropServices.SafeHandle self = BpfStorageMap<long>.OpenProcess(Environment.ProcessId);
        Assert.False(storage.TryGetValue(self, out _));
        Assert.True(storage.Set(self, 42));
        Assert.True(storage.TryGetValue(self, out long value));
        Assert.Equal(42, value);
        Assert.True(storage.Remove(self));
        Assert.False(storage.Remove(self));
    }

    [KernelFact]
    public void CpuMapKeepsItsQueue()
    {
        using BpfObject loaded = CodeBuilder.LoadMap(MapType.CpuMap, 4, 4, 1);
        BpfRedirectMap cpus = new(loaded.Map("map"));
        Assert.False(cpus.TryGetTarget(0, out _));
        cpus.Set(0, 192);
        Assert.True(cpus.TryGetTarget(0, out int queue));
        Assert.Equal(192, queue);
        Assert.True(cpus.Remove(0));
    }

    [KernelFact(Needs = KernelNeeds.SockMap)]
    public void SockMapTakesConnectedSockets()
    {
        using BpfObject loaded = CodeBuilder.LoadMap(MapType.SockMap, 4, 4, 2);
        BpfSocketMap<int> map = new(loaded.Map("map"));
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        using TcpClient client = new();
        client.Connect((IPEndPoint)listener.LocalEndpoint);
        using TcpClient server = listener.AcceptTcpClient();
        Assert.True(map.Set(0, client.Client.SafeHandle, BpfUpdateMode.MustBeNew));
        Assert.True(map.Remove(0));
        Assert.False(map.Remove(0));
    }

    [KernelFact]
    public void PerfBufferCarriesRecordsAndCountsLostOnes()
    {
        // skb in r1: bpf_perf_event_output(ctx, map, BPF_F_CURRENT_CPU, data, size) is helper 25.
        FunctionSpec program = new CodeBuilder().MoveRegister(6, 1).Move(2, 77).Store64(10, -8, 2)
            .MoveRegister(1, 6).LoadMap(2, "events").CurrentCpuFlag(3).MoveRegister(4, 10).AddImmediate(4, -8).Move(5, 8).Helper(25).Return(0)
            .Function("emit", "xdp");
        using BpfObject loaded = CodeBuilder.Open([program], [new() { Name = "events", Type = MapType.PerfEventArray, KeySize = 4, ValueSize = 4 }]).Load();
        BpfPerfEventArray events = new(loaded.Map("events"), pagesPerCpu: 1);
        Assert.False(events.Wait(TimeSpan.Zero));
        loaded.Program("emit").TestRun(new byte[64], repeat: 10);
        Assert.True(events.Wait(Timeout.InfiniteTimeSpan));
        Assert.Equal(10, events.Consume((cpu, record) => Assert.Equal(77, BitConverter.ToInt64(record))));
        // A page holds some 170 records of 24 bytes; the loss is told with the first record that fits again.
        loaded.Program("emit").TestRun(new byte[64], repeat: 1000);
        int read = events.Consume((cpu, record) => { });
        loaded.Program("emit").TestRun(new byte[64], repeat: 1);
        while (events.Lost == 0)
        {
            read += events.Consume((cpu, record) => { });
            loaded.Program("emit").TestRun(new byte[64], repeat: 1);
            read--;
        }

        Assert.True(read < 1000);
        Assert.True(events.Lost > 500, $"{events.Lost} lost, {read} read");
    }

    [ClangFact(Minimum = "6.1")]
    public void UserRingIsDrainedByTheProgram()
    {
        using BpfObject loaded = Clang.Open("user_ring").Load();
        BpfUserRingBuffer ring = new(loaded.Map("ring"));
        long written = 0;
        for (long i = 1; ring.TryWrite(i); i++) written += i;
        Assert.Equal(1, ring.Lost);
        Assert.Equal(256u, loaded.Program("drain").TestRun(new byte[64]).ReturnValue);
        Assert.Equal(written, loaded.ReadGlobal<long>(".bss", 0));
        Assert.True(ring.TryWrite(1L));
        Assert.Throws<ArgumentException>(() => ring.TryWrite(new byte[5000]));
    }

    [KernelFact]
    public void StackTracesAreThisKernels()
    {
        // bpf_get_stackid(ctx, map, 0) is helper 27; on a raw tracepoint the kernel's stack is there.
        FunctionSpec program = new CodeBuilder().LoadMap(2, "stacks").Move(3, 0).Helper(27).LoadData(1, ".bss", 0).Store64(1, 0, 0).Return(0)
            .Function("stack", "raw_tp/sys_enter");
        using BpfObject loaded = CodeBuilder.Open([program],
            [new() { Name = "stacks", Type = MapType.StackTrace, KeySize = 4, ValueSize = 127 * 8, MaxEntries = 1024 }],
            [new() { Name = ".bss", Content = [.. new byte[8]] }]).Load();
        using (loaded.Program("stack").Attach()) _ = File.Exists("/");
        BpfStackTraces stacks = new(loaded.Map("stacks"));
        ulong[] frames = stacks.GetFrames((int)loaded.ReadGlobal<long>(".bss", 0));
        Assert.InRange(frames.Length, 1, 127);
        Assert.All(frames, f => Assert.True(f > 0xffff_0000_0000_0000, $"0x{f:x} is no kernel address"));
        Assert.Empty(stacks.GetFrames(-14));
        Span<ulong> copy = stackalloc ulong[stacks.MaxDepth];
        Assert.True(stacks.TryGetFrames((int)loaded.ReadGlobal<long>(".bss", 0), copy, out int depth));
        Assert.Equal(frames, copy[..depth].ToArray());
        Assert.Throws<ArgumentException>(() => stacks.TryGetFrames(0, new ulong[126], out _));
        BpfSymbol[] symbols = new BpfSymbols().Kernel(frames);
        Assert.All(symbols, s => Assert.True(s.IsKnown, $"{s}"));
        // Every system call goes through the kernel's entry.
        Assert.Contains(symbols, s => s.Name.Contains("syscall", StringComparison.OrdinalIgnoreCase) && s.Module == "kernel");
    }
}
