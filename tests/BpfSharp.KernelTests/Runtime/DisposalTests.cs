using BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>Maps whose memory another thread uses when they are disposed: it is told so. Without care it would read or write what is not there any more, and the process would end.</summary>
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

    private static void Meanwhile<T>(Func<T> make, Action<T> use, int threads = 2) where T : BpfMap
    {
        for (int round = 0; round < 200; round++)
        {
            T map = make();
            int running = 0;
            Task[] users = [.. Enumerable.Range(0, threads).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    Interlocked.Increment(ref running);
                    Assert.Throws<ObjectDisposedException>((Action)(() =>
                    {
                        while (true) use(map);
                    }));
                },
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
            while (Volatile.Read(ref running) < threads) Thread.Yield();
            map.Dispose();
            Task.WaitAll(users);
        }
    }
}
