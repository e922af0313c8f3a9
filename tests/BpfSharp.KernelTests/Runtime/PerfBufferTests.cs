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

    /// <summary>
    /// A record of 8 bytes takes 24: 12 of header, rounded up to 8. The reader is woken by the one that goes over so many bytes; the next time, at the next multiple of them.
    /// </summary>
    [KernelTheory]
    [InlineData(1, 0, 1)]
    [InlineData(5, 0, 5)]
    [InlineData(1, 1, 1)]
    [InlineData(1, 48, 3)]
    [InlineData(1, 100, 5)]
    public void ReaderIsWokenAfterSoManyRecordsOrBytes(int records, int bytes, int expected)
    {
        // All in the ring of one CPU.
        using Oracle.Running.PinnedThread pinned = new();
        using BpfObject loaded = Emitter().Load();
        BpfPerfEventArray<long> events = new(loaded.Map("events"), pagesPerCpu: 8, records, bytes);
        using BpfEventLoop loop = new();
        int seen = 0;
        loop.Add(events, (int _, in long _) => seen++);
        for (int round = 1; round <= (bytes > 1 ? 1 : 3); round++)
        {
            Assert.False(IsWoken());
            for (int i = 1; i < expected; i++)
            {
                Emit(loaded, 1);
                Assert.False(IsWoken(), $"woken by record {i} of {expected}");
            }

            Emit(loaded, 1);
            Assert.True(IsWoken());
            Assert.Equal(expected, events.Consume(static (int _, in long _) => { }));
        }

        // What woke nobody is found when the time is over, or when somebody asks.
        Emit(loaded, 1);
        Assert.True(events.Wait(TimeSpan.Zero));
        Assert.Equal(1, loop.Poll(TimeSpan.Zero));
        Assert.Equal((1, 0L), (seen, events.Lost));

        bool IsWoken() => Events.Readiness.Wait(events, [.. events.Descriptors], TimeSpan.Zero);
    }

    [KernelFact]
    public async Task StreamWaitsForSoManyRecords()
    {
        using BpfObject loaded = Emitter().Load();
        BpfPerfEventArray<long> events = new(loaded.Map("events"), pagesPerCpu: 8, wakeUpRecords: 3);
        await using IAsyncEnumerator<long> stream = events.ReadAllAsync().GetAsyncEnumerator();
        ValueTask<bool> next = stream.MoveNextAsync();
        Assert.False(next.IsCompleted);
        // However many processors they are spread over, one has three of these.
        Emit(loaded, 3 * Environment.ProcessorCount);
        Assert.True(await next);
        Assert.Equal(77, stream.Current);
    }

    [KernelFact]
    public void ReaderThatCouldNotBeWokenIsRefused()
    {
        using BpfObject loaded = Emitter().Load();
        BpfMap map = loaded.Map("events");
        Assert.Equal("wakeUpRecords", Assert.ThrowsAny<ArgumentException>(() => new BpfPerfEventArray(map, 8, 0)).ParamName);
        Assert.Equal("wakeUpBytes", Assert.ThrowsAny<ArgumentException>(() => new BpfPerfEventArray(map, 8, 1, -1)).ParamName);
        Assert.Equal("wakeUpBytes", Assert.ThrowsAny<ArgumentException>(() => new BpfPerfEventArray(map, 8, 1, 8 * Environment.SystemPageSize)).ParamName);
        Assert.Equal("wakeUpBytes", Assert.ThrowsAny<ArgumentException>(() => new BpfPerfEventArray(map, 8, 5, 100)).ParamName);
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
