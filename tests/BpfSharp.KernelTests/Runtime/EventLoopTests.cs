using System.Runtime.InteropServices;
using BpfSharp.Objects;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>Several rings in one loop, and what is lost in each.</summary>
public class EventLoopTests
{
    private const int RingBufferOutput = 130;

    [KernelFact(Minimum = "5.8")]
    public void RecordsOfEachRingReachItsHandler()
    {
        using BpfObject loaded = Producers(1 << 16).Load();
        using BpfEventLoop loop = new();
        (long first, long second) = (0, 0);
        loop.Add(new BpfRingBuffer<long>(loaded.Map("a")), (in long r) => first += r);
        loop.Add(new BpfRingBuffer(loaded.Map("b")), r => second += r.Length);
        Assert.Equal(0, loop.Poll(TimeSpan.Zero));
        Produce(loaded, "a", 3);
        Assert.Equal(3, loop.Poll(Timeout.InfiniteTimeSpan));
        Assert.Equal((3, 0), (first, second));
        Produce(loaded, "a", 2);
        Produce(loaded, "b", 4);
        Assert.Equal(6, loop.Consume());
        Assert.Equal((5, 32), (first, second));
    }

    [KernelFact(Minimum = "5.8")]
    public async Task LoopRunsUntilCancelledAndLosesNothing()
    {
        using BpfObject loaded = Producers(1 << 20).Load();
        using BpfEventLoop loop = new();
        using CancellationTokenSource stop = new();
        long sum = 0;
        loop.Add(new BpfRingBuffer<long>(loaded.Map("a")), (in long r) => sum += r);
        loop.Add(new BpfRingBuffer<long>(loaded.Map("b")), (in long r) => sum += r);
        Task<long> reader = Task.Factory.StartNew(() => loop.Run(stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        for (int i = 0; i < 50; i++)
        {
            Produce(loaded, "a", 20);
            Produce(loaded, "b", 20);
        }

        await stop.CancelAsync();
        Assert.Equal(2000, await reader);
        Assert.Equal(2000, sum);
        // A loop that was cancelled can run again.
        Assert.Equal(0, loop.Run(stop.Token));
        loop.Dispose();
        Assert.Throws<ObjectDisposedException>(() => loop.Consume());
    }

    [KernelFact(Minimum = "5.8")]
    public void LossIsCountedPerRing()
    {
        using BpfObject loaded = Producers(4096).Load();
        BpfRingBuffer<long> a = new(loaded.Map("a"));
        BpfRingBuffer b = new(loaded.Map("b"));
        Assert.Equal((0, 0), (a.Lost, b.Lost));
        Produce(loaded, "a", 300);
        Produce(loaded, "b", 500);
        int readA = a.Consume((in long r) => { }), readB = b.Consume(r => { });
        Assert.Equal((300 - readA, 500 - readB), (a.Lost, b.Lost));
        // 4096 bytes hold 256 records of 8 bytes with 8 of header, of which the kernel keeps one free.
        Assert.InRange(readA, 250, 256);
        Assert.InRange(readB, 250, 256);
    }

    [KernelFact(Minimum = "5.8")]
    public void RingThatIsAddedTwiceIsRefused()
    {
        using BpfObject loaded = Producers(4096).Load();
        BpfRingBuffer<long> ring = new(loaded.Map("a"));
        BpfPerfEventArray events = new(BpfMap.Create(new() { Name = "events", Type = MapType.PerfEventArray, KeySize = 4, ValueSize = 4 }), pagesPerCpu: 1);
        using (events)
        using (BpfEventLoop loop = new())
        {
            long sum = 0;
            loop.Add(ring, (in long r) => sum += r);
            loop.Add(events, static (_, _) => { });
            Assert.Equal("map 'a' is in this event loop already; it has one handler", Assert.Throws<InvalidOperationException>(() => loop.Add(ring, static (in long _) => { })).Message);
            Assert.Throws<InvalidOperationException>(() => loop.Add(new BpfRingBuffer(loaded.Map("a")), static _ => { }));
            Assert.Equal("map 'events' is in this event loop already; it has one handler", Assert.Throws<InvalidOperationException>(() => loop.Add(events, static (_, _) => { })).Message);
            Produce(loaded, "a", 3);
            Assert.Equal((3, 3), (loop.Poll(Timeout.InfiniteTimeSpan), sum));
        }
    }

    [KernelFact(Minimum = "5.8")]
    public void ReadingInALoopAllocatesNothing()
    {
        using BpfObject loaded = Producers(1 << 16).Load();
        using BpfEventLoop loop = new();
        long sum = 0;
        loop.Add(new BpfRingBuffer<long>(loaded.Map("a")), (in long r) => sum += r);
        BpfProgram program = loaded.Program("produce_a");
        SteadyState.AllocatesNothing(() =>
        {
            Span<byte> packet = stackalloc byte[64];
            program.TestRun(packet, 20);
            SteadyState.Require(loop.Poll(TimeSpan.Zero) == 20);
        });
        Assert.True(sum > 0 && sum % 20 == 0);
    }

    private static void Produce(BpfObject loaded, string ring, int count) => loaded.Program("produce_" + ring).TestRun(new byte[64], count);

    /// <summary>Two programs that write the number 1 into a ring each, and count what finds no room as our compiler does.</summary>
    private static BpfOpenObject Producers(uint size) => CodeBuilder.Open(
        [Producer("a", 0), Producer("b", 8)],
        [new() { Name = "a", Type = MapType.RingBuffer, MaxEntries = size }, new() { Name = "b", Type = MapType.RingBuffer, MaxEntries = size }],
        [new() { Name = ".bss", Content = [.. new byte[16]], Variables = [new("__lost_a", 0, 8), new("__lost_b", 8, 8)] }]);

    private static FunctionSpec Producer(string ring, int counter) => new CodeBuilder()
        .Move(1, 1).Store64(10, -8, 1).LoadMap(1, ring).MoveRegister(2, 10).AddImmediate(2, -8).Move(3, 8).Move(4, 0).Helper(RingBufferOutput)
        .JumpIfEqual(0, 0, 4).LoadData(1, ".bss", counter).Move(2, 1).AtomicAdd64(1, 0, 2)
        .Return(0).Function("produce_" + ring, "socket");
}
