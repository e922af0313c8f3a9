using System.Runtime.InteropServices;
using BpfSharp.Objects;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Runtime;

public class RingBufferTests
{
    private const int RingBufferOutput = 130;

    [KernelFact(Minimum = "5.8")]
    public void RecordsAreReadInPlaceInOrder()
    {
        using BpfObject loaded = Producer().Load();
        BpfRingBuffer<Record> ring = new(loaded.Map("ring"));
        Produce(loaded, 1000);
        Assert.Equal(1000ul * 24, ring.UnreadBytes);
        List<long> numbers = [];
        Assert.Equal(1000, ring.Consume((in Record r) => numbers.Add(r.Number)));
        Assert.Equal(Enumerable.Range(1, 1000).Select(i => (long)i), numbers);
        Assert.Equal(0, ring.Consume((in Record r) => throw new InvalidOperationException()));
        Assert.Equal(0ul, ring.UnreadBytes);
    }

    [KernelFact(Minimum = "5.8")]
    public void RecordsSurviveTheEndOfTheRing()
    {
        using BpfObject loaded = Producer(4096).Load();
        BpfRingBuffer<Record> ring = new(loaded.Map("ring"));
        long expected = 0;
        // 4096 bytes hold 170 records of 24 bytes: many rounds cross the end.
        for (int round = 0; round < 100; round++)
        {
            Produce(loaded, 150);
            Assert.Equal(150, ring.Consume((in Record r) => Assert.Equal((++expected, ~expected), (r.Number, r.Check))));
        }
    }

    /// <summary>Rings of objects from elsewhere have no type: records of any size, as bytes, as they come and until the end is asked for.</summary>
    [KernelFact(Minimum = "5.8")]
    public async Task UntypedRecordsAreReadAsTheyCome()
    {
        using BpfObject loaded = Producer().Load();
        BpfRingBuffer ring = new(loaded.Map("ring"));
        using CancellationTokenSource stop = new();
        Produce(loaded, 1500);
        int expected = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (ReadOnlyMemory<byte> record in ring.ReadAllAsync(stop.Token))
            {
                Record read = MemoryMarshal.Read<Record>(record.Span);
                Assert.Equal((++expected, ~(long)expected, Marshal.SizeOf<Record>()), (read.Number, read.Check, record.Length));
                // Those after the first batches are made while it waits.
                if (expected == 1500) _ = Task.Run(() => Produce(loaded, 10));
                if (expected == 1510) await stop.CancelAsync();
            }
        });
        Assert.Equal(1510, expected);
    }

    [KernelFact(Minimum = "5.8")]
    public void FullRingDropsTheNewestAndGoesOn()
    {
        using BpfObject loaded = Producer(4096).Load();
        BpfRingBuffer<Record> ring = new(loaded.Map("ring"));
        Produce(loaded, 500);
        int read = ring.Consume((in Record r) => { });
        Assert.InRange(read, 160, 171);
        Assert.Equal(500 - read, loaded.ReadGlobal<long>(".bss", 8));
        Produce(loaded, 1);
        Assert.Equal(1, ring.Consume((in Record r) => Assert.Equal(501, r.Number)));
    }

    [KernelFact(Minimum = "5.8")]
    public void HandlerThatThrowsHasTakenItsRecord()
    {
        using BpfObject loaded = Producer().Load();
        BpfRingBuffer<Record> ring = new(loaded.Map("ring"));
        Produce(loaded, 3);
        Assert.Throws<InvalidTimeZoneException>(() => ring.Consume((in Record r) => throw new InvalidTimeZoneException()));
        List<long> rest = [];
        ring.Consume((in Record r) => rest.Add(r.Number));
        Assert.Equal([2, 3], rest);
        Produce(loaded, 1);
        ring.Consume((in Record r) => Assert.Throws<InvalidOperationException>(() => ring.Consume((in Record again) => { })));
    }

    [KernelFact(Minimum = "5.8")]
    public void RecordsOfAnotherSizeAreRefused()
    {
        using BpfObject loaded = Producer().Load();
        Produce(loaded, 1);
        BpfException e = Assert.Throws<BpfException>(() => new BpfRingBuffer<ThreeLongs>(loaded.Map("ring")).Consume((in ThreeLongs r) => { }));
        Assert.Contains("has 16 bytes, but ThreeLongs has 24", e.Message, StringComparison.Ordinal);
        Produce(loaded, 1);
        Assert.Equal(1, new BpfRingBuffer(loaded.Map("ring")).Consume(r => Assert.Equal(16, r.Length)));
    }

    [KernelFact(Minimum = "5.8")]
    public void ReadingAllocatesNothing()
    {
        using BpfObject loaded = Producer().Load();
        BpfRingBuffer<Record> ring = new(loaded.Map("ring"));
        long sum = 0;
        BpfRecordHandler<Record> handler = (in Record r) => sum += r.Number;
        BpfProgram program = loaded.Program("produce");
        long made = 0;
        SteadyState.AllocatesNothing(() =>
        {
            Span<byte> packet = stackalloc byte[64];
            program.TestRun(packet, 20);
            made += 20;
            SteadyState.Require(ring.Consume(handler) == 20);
        });
        Assert.Equal(made * (made + 1) / 2, sum);
    }

    /// <summary>A stream that does not have to wait copies from the ring into its batch, and from there.</summary>
    [KernelFact(Minimum = "5.8")]
    public async Task StreamThatDoesNotWaitAllocatesNothing()
    {
        using BpfObject loaded = Producer().Load();
        BpfRingBuffer<Record> ring = new(loaded.Map("ring"));
        BpfProgram program = loaded.Program("produce");
        await using IAsyncEnumerator<Record> records = ring.ReadAllAsync().GetAsyncEnumerator();
        long expected = 0;
        SteadyState.AllocatesNothing(() =>
        {
            Span<byte> packet = stackalloc byte[64];
            program.TestRun(packet, 20);
            for (int i = 0; i < 20; i++)
            {
                ValueTask<bool> next = records.MoveNextAsync();
                SteadyState.Require(next.IsCompletedSuccessfully && next.Result && records.Current.Number == ++expected);
            }
        });
    }

    [KernelFact(Minimum = "5.8")]
    public async Task StreamOfBytesThatDoesNotWaitAllocatesNothing()
    {
        using BpfObject loaded = Producer().Load();
        BpfProgram program = loaded.Program("produce");
        await using IAsyncEnumerator<ReadOnlyMemory<byte>> records = new BpfRingBuffer(loaded.Map("ring")).ReadAllAsync().GetAsyncEnumerator();
        long expected = 0;
        SteadyState.AllocatesNothing(() =>
        {
            Span<byte> packet = stackalloc byte[64];
            program.TestRun(packet, 20);
            for (int i = 0; i < 20; i++)
            {
                ValueTask<bool> next = records.MoveNextAsync();
                SteadyState.Require(next.IsCompletedSuccessfully && next.Result && MemoryMarshal.Read<Record>(records.Current.Span).Number == ++expected);
            }
        });
    }

    [KernelFact(Minimum = "5.8")]
    public async Task AsynchronousReadingWaitsAndIsCancelled()
    {
        using BpfObject loaded = Producer().Load();
        BpfRingBuffer<Record> ring = new(loaded.Map("ring"));
        using CancellationTokenSource stop = new();
        Task producer = Task.Run(async () =>
        {
            for (int i = 0; i < 10; i++)
            {
                Produce(loaded, 100);
                await Task.Yield();
            }
        });
        long expected = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (Record record in ring.ReadAllAsync(stop.Token))
            {
                Assert.Equal(++expected, record.Number);
                if (expected == 1000) await stop.CancelAsync();
            }
        });
        Assert.Equal(1000, expected);
        await producer;
    }

    [KernelFact(Minimum = "5.8")]
    public void WaitingEndsWithARecordOrTheTime()
    {
        using BpfObject loaded = Producer().Load();
        BpfRingBuffer<Record> ring = new(loaded.Map("ring"));
        Assert.False(ring.Wait(TimeSpan.Zero));
        Produce(loaded, 1);
        Assert.True(ring.Wait(Timeout.InfiniteTimeSpan));
    }

    [KernelFact(Minimum = "5.8")]
    public void DisposedRingSaysSo()
    {
        BpfObject loaded = Producer().Load();
        BpfRingBuffer<Record> ring = new(loaded.Map("ring"));
        loaded.Dispose();
        Assert.Throws<ObjectDisposedException>(() => ring.Consume((in Record r) => { }));
        Assert.Throws<ObjectDisposedException>(() => ring.Wait(TimeSpan.Zero));
    }

    /// <summary>A handler that is slow does not keep the room of what it has read.</summary>
    [KernelFact(Minimum = "5.8")]
    public void RoomIsGivenBackWhileTheRingIsRead()
    {
        using BpfObject loaded = Producer(4096).Load();
        BpfRingBuffer<Record> ring = new(loaded.Map("ring"));
        Produce(loaded, 170);
        int read = ring.Consume((in Record r) =>
        {
            if (r.Number == 40) Produce(loaded, 10);
        });
        Assert.Equal((180, 0L), (read, loaded.ReadGlobal<long>(".bss", 8)));
    }

    private static void Produce(BpfObject loaded, int count) => loaded.Program("produce").TestRun(new byte[64], count);

    /// <summary>A program that writes its run's number and its complement; failures are counted at .bss+8.</summary>
    private static BpfOpenObject Producer(uint size = 1 << 20)
    {
        CodeBuilder code = new CodeBuilder().LoadData(6, ".bss", 0)
            .Load64(1, 6, 0).AddImmediate(1, 1).Store64(6, 0, 1).Store64(10, -16, 1).XorImmediate(1, -1).Store64(10, -8, 1)
            .LoadMap(1, "ring").MoveRegister(2, 10).AddImmediate(2, -16).Move(3, 16).Move(4, 0).Helper(RingBufferOutput)
            .JumpIfEqual(0, 0, 3).Load64(1, 6, 8).AddImmediate(1, 1).Store64(6, 8, 1)
            .Return(0);
        return CodeBuilder.Open(
            [code.Function("produce", "socket")],
            [new() { Name = "ring", Type = MapType.RingBuffer, MaxEntries = size }],
            [new() { Name = ".bss", Content = [.. new byte[16]] }]);
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Record(long Number, long Check);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct ThreeLongs(long A, long B, long C);
}
