using BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>Maps and objects whose memory another thread uses when they are disposed: it is told so. Without care it would read or write what is not there any more, and the process would end.</summary>
public class DisposalTests
{
    [KernelFact(Minimum = "6.1")]
    public void WritersOfAUserRingAreToldThatItIsDisposed() => Meanwhile(
        static () => new BpfUserRingBuffer<long>(BpfMap.Create(new() { Name = "ring", Type = MapType.UserRingBuffer, MaxEntries = 1 << 16 })), static ring => ring.TryWrite(1));

    [KernelFact(Minimum = "5.8")]
    public void WhoAsksARingForWhatIsUnreadIsToldThatItIsDisposed() => Meanwhile(
        static () => new BpfRingBuffer<long>(BpfMap.Create(new() { Name = "ring", Type = MapType.RingBuffer, MaxEntries = 4096 })), static ring => _ = ring.UnreadBytes);

    [KernelFact(Minimum = "5.8")]
    public void ReadersOfARingAreToldThatItIsDisposed() => Meanwhile(
        static () => new BpfRingBuffer<long>(BpfMap.Create(new() { Name = "ring", Type = MapType.RingBuffer, MaxEntries = 4096 })),
        static ring => ring.Consume(static (in long _) => { }),
        threads: 1);

    [KernelFact]
    public void WhoWaitsForAPerfBufferIsToldThatItIsDisposed() => Meanwhile(
        static () => new BpfPerfEventArray(BpfMap.Create(new() { Name = "events", Type = MapType.PerfEventArray, KeySize = 4, ValueSize = 4 }), pagesPerCpu: 1),
        static events => events.Wait(TimeSpan.Zero));

    /// <summary>They sleep in the kernel, for no record ever comes.</summary>
    [KernelFact]
    public void WhoSleepsUntilAPerfBufferHasARecordIsWokenAndTold() => Meanwhile(
        static () => new BpfPerfEventArray(BpfMap.Create(new() { Name = "events", Type = MapType.PerfEventArray, KeySize = 4, ValueSize = 4 }), pagesPerCpu: 1),
        static events => events.Wait(Timeout.InfiniteTimeSpan));

    [KernelFact(Minimum = "5.8")]
    public void WhoSleepsUntilARingHasARecordIsWokenAndTold() => Meanwhile(
        static () => new BpfRingBuffer<long>(BpfMap.Create(new() { Name = "ring", Type = MapType.RingBuffer, MaxEntries = 4096 })),
        static ring => ring.Wait(Timeout.InfiniteTimeSpan));

    [KernelFact(Minimum = "5.8")]
    public void WhoSleepsInAnEventLoopIsWokenAndTold()
    {
        using BpfRingBuffer<long> ring = new(BpfMap.Create(new() { Name = "ring", Type = MapType.RingBuffer, MaxEntries = 4096 }));
        Meanwhile(MakeLoop, static loop => loop.Poll(Timeout.InfiniteTimeSpan));
        Meanwhile(MakeLoop, static loop => loop.Run(CancellationToken.None), threads: 1);

        BpfEventLoop MakeLoop()
        {
            BpfEventLoop loop = new();
            loop.Add(ring, static (in long _) => { });
            return loop;
        }
    }

    [KernelFact(Minimum = "5.8")]
    public void WhoAsksARingForItsLossesIsToldThatItsObjectIsDisposed() => Meanwhile(static () => new Counted(LoadCounted()), static counted => _ = counted.Ring.Lost);

    [KernelFact(Minimum = "5.8")]
    public void WhoReadsAVariableIsToldThatItsObjectIsDisposed() => Meanwhile(LoadCounted, static loaded => _ = loaded.ReadGlobal<long>(".bss", 0));

    [KernelFact(Minimum = "5.8")]
    public void WhoWritesAVariableIsToldThatItsObjectIsDisposed() => Meanwhile(LoadCounted, static loaded => loaded.WriteGlobal(".bss", 0, 1L));

    private static BpfObject LoadCounted() => CodeBuilder.Open(
        [],
        [new() { Name = "ring", Type = MapType.RingBuffer, MaxEntries = 4096 }],
        [new() { Name = ".bss", Content = [.. new byte[8]], Variables = [new("__lost_ring", 0, 8)] }]).Load();

    private static void Meanwhile<T>(Func<T> make, Action<T> use, int threads = 2) where T : IDisposable
    {
        for (int round = 0; round < 200; round++)
        {
            T used = make();
            int running = 0;
            Task[] users = [.. Enumerable.Range(0, threads).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    Interlocked.Increment(ref running);
                    Assert.Throws<ObjectDisposedException>((Action)(() =>
                    {
                        while (true) use(used);
                    }));
                },
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
            while (Volatile.Read(ref running) < threads) Thread.Yield();
            used.Dispose();
            Task.WaitAll(users);
        }
    }

    /// <summary>A ring and the object that counts what it lost.</summary>
    private sealed class Counted(BpfObject loaded) : IDisposable
    {
        public BpfRingBuffer<long> Ring { get; } = new(loaded.Map("ring"));

        public void Dispose() => loaded.Dispose();
    }
}
