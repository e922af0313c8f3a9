using BpfSharp.Objects;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>Perf buffers read as ring buffers are: in place, as a stream, in an event loop.</summary>
public class PerfBufferTests
{
    [KernelFact]
    public async Task RecordsAreReadAsTheyCome()
    {
        using BpfObject loaded = Emitter().Load();
        BpfPerfEventArray<long> events = new(loaded.Map("events"));
        using CancellationTokenSource stop = new();
        Emit(loaded, 1500);
        int seen = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (long record in events.ReadAllAsync(stop.Token))
            {
                Assert.Equal(77, record);
                // Those after the first batches are made while it waits.
                if (++seen == 1500) _ = Task.Run(() => Emit(loaded, 10));
                if (seen == 1510) await stop.CancelAsync();
            }
        });
        Assert.Equal((1510, 0L), (seen, events.Lost));
    }

    [KernelFact]
    public async Task RecordsOfAnySizeAreReadAsTheyComeUntilTheMapIsDisposed()
    {
        BpfObject loaded = Emitter().Load();
        BpfPerfEventArray events = new(loaded.Map("events"));
        int seen = 0;
        Task reading = Task.Run(async () =>
        {
            await foreach (ReadOnlyMemory<byte> record in events.ReadAllAsync(CancellationToken.None))
            {
                // The kernel fills the record up to a multiple of 8, with its length of 4 bytes.
                Assert.Equal(77, BitConverter.ToInt64(record.Span));
                Interlocked.Increment(ref seen);
            }
        });
        for (int round = 1; round <= 20; round++)
        {
            Emit(loaded, 3);
            while (Volatile.Read(ref seen) < 3 * round)
            {
                Assert.False(reading.IsCompleted, $"{reading.Exception}");
                await Task.Yield();
            }
        }

        loaded.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => reading);
        Assert.Throws<ObjectDisposedException>(() => events.Consume(static (_, _) => { }));
    }

    [KernelFact]
    public void ReadingAllocatesNothing()
    {
        using BpfObject loaded = Emitter().Load();
        BpfPerfEventArray<long> events = new(loaded.Map("events"));
        using BpfEventLoop loop = new();
        long sum = 0;
        BpfPerfRecordHandler<long> typed = (int _, in long record) => sum += record;
        BpfPerfRecordHandler untyped = (_, record) => sum += BitConverter.ToInt64(record);
        loop.Add(events, typed);
        SteadyState.AllocatesNothing(() =>
        {
            Emit(loaded, 20);
            SteadyState.Require(events.Consume(typed) == 20);
            Emit(loaded, 20);
            SteadyState.Require(events.Consume(untyped) == 20);
            Emit(loaded, 20);
            SteadyState.Require(loop.Consume() == 20);
            sum -= events.Lost;
        });
        Assert.Equal(0, sum % (60 * 77));
    }

    /// <summary>As with ring buffers: what is there is copied into a batch, and from there.</summary>
    [KernelTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task StreamThatDoesNotWaitAllocatesNothing(bool isTyped)
    {
        using BpfObject loaded = Emitter().Load();
        BpfPerfEventArray<long> events = new(loaded.Map("events"));
        await using IAsyncEnumerator<long> typed = events.ReadAllAsync().GetAsyncEnumerator();
        await using IAsyncEnumerator<ReadOnlyMemory<byte>> bytes = ((BpfPerfEventArray)events).ReadAllAsync().GetAsyncEnumerator();
        SteadyState.AllocatesNothing(() =>
        {
            Emit(loaded, 20);
            for (int i = 0; i < 20; i++)
            {
                ValueTask<bool> next = isTyped ? typed.MoveNextAsync() : bytes.MoveNextAsync();
                SteadyState.Require(next.IsCompletedSuccessfully && next.Result && (isTyped ? typed.Current : BitConverter.ToInt64(bytes.Current.Span)) == 77);
            }
        });
    }

    /// <summary>The kernel reports a record once: what has been reported, or was there before somebody waited, is found all the same.</summary>
    [KernelFact]
    public void WhatIsThereIsFoundHoweverOftenItIsAskedFor()
    {
        using BpfObject loaded = Emitter().Load();
        BpfPerfEventArray<long> events = new(loaded.Map("events"));
        Emit(loaded, 4);
        for (int i = 0; i < 3; i++) Assert.True(events.Wait(Timeout.InfiniteTimeSpan));
        using BpfEventLoop loop = new();
        int seen = 0;
        loop.Add(events, (int _, in long record) =>
        {
            if (++seen == 2) throw new InvalidTimeZoneException();
        });
        Assert.Throws<InvalidTimeZoneException>(() => loop.Poll(Timeout.InfiniteTimeSpan));
        Assert.Equal(2, loop.Poll(Timeout.InfiniteTimeSpan));
        Assert.Equal(4, seen);
        Assert.False(events.Wait(TimeSpan.Zero));
        Assert.Equal(0, loop.Poll(TimeSpan.Zero));
    }

    [KernelFact]
    public void OneReaderAtATime()
    {
        using BpfObject loaded = Emitter().Load();
        BpfPerfEventArray<long> events = new(loaded.Map("events"));
        Emit(loaded, 1);
        Assert.Equal(1, events.Consume((int _, in long _) => Assert.Throws<InvalidOperationException>(() => events.Consume(static (int _, in long _) => { }))));
    }

    /// <summary>The memory stays while it is read.</summary>
    [KernelFact]
    public void MapThatIsDisposedWhileItIsReadIsReadToItsEnd()
    {
        BpfObject loaded = Emitter().Load();
        BpfPerfEventArray<long> events = new(loaded.Map("events"));
        Emit(loaded, 10);
        long sum = 0;
        // What another CPU's ring has is not read any more.
        Exception? e = Record.Exception(() => events.Consume((int _, in long record) =>
        {
            sum += record;
            loaded.Dispose();
        }));
        Assert.True(e is null or ObjectDisposedException, $"{e}");
        Assert.True(sum > 0 && sum % 77 == 0);
        Assert.Throws<ObjectDisposedException>(() => events.Consume(static (int _, in long _) => { }));
    }

    private static void Emit(BpfObject loaded, int count)
    {
        Span<byte> packet = stackalloc byte[64];
        loaded.Program("emit").TestRun(packet, count);
    }

    /// <summary>A program that writes the number 77 into the ring of its CPU (<c>bpf_perf_event_output</c>, 25).</summary>
    private static BpfOpenObject Emitter()
    {
        FunctionSpec program = new CodeBuilder().MoveRegister(6, 1).Move(2, 77).Store64(10, -8, 2)
            .MoveRegister(1, 6).LoadMap(2, "events").CurrentCpuFlag(3).MoveRegister(4, 10).AddImmediate(4, -8).Move(5, 8).Helper(25).Return(0)
            .Function("emit", "socket");
        return CodeBuilder.Open([program], [new() { Name = "events", Type = MapType.PerfEventArray, KeySize = 4, ValueSize = 4 }]);
    }
}
