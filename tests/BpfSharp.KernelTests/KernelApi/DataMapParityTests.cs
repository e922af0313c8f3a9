using System.Runtime.InteropServices;
using BpfSharp.Kernel;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>Queues, stacks, filters, per-CPU tables, perf buffers and user ring buffers: the same method in .NET and in the kernel.</summary>
public sealed class DataMapParityTests : IDisposable
{
    private static readonly int[] s_puts = [0, 1, 4, 5], s_takes = [2, 3, 6, 7];
    private readonly Random _random = new(11);

    public DataMapParityTests() => Clear();

    public void Dispose() => Clear();

    [KernelFact]
    public void QueuesAndStacks()
    {
        using DataMapPrograms programs = DataMapPrograms.Load();
        int full = 0, empty = 0;
        for (int i = 0; i < 3000; i++)
        {
            // Phases of more putting in and of more taking out, so that both ends are met.
            int operation = (_random.Next(4) > 0 == (i / 100 % 2 == 0) ? s_puts : s_takes)[_random.Next(4)];
            (MapStep managed, MapStep kernel) = Run(programs, new MapStep { Operation = operation, Key = (uint)_random.Next(256), Value = (ulong)_random.NextInt64() });
            Assert.Equal((managed.Result, managed.Value), (kernel.Result, kernel.Value));
            if (kernel.Result == 0 && operation is 0 or 4) full++;
            if (kernel.Result == 0 && operation is 2 or 6) empty++;
        }

        Assert.True(full > 50 && empty > 50, $"{full} times full, {empty} times empty");
        // User space sees the same values in the same order, and programs those of user space.
        programs.Maps.Pile.TryPush(5);
        DataMapPrograms.Pile.TryPush(5);
        Assert.Equal(Run(programs, new MapStep { Operation = 7 }).Managed.Value, Run(programs, new MapStep { Operation = 7 }).Kernel.Value);
        while (DataMapPrograms.Waiting.TryDequeue(out MapRecord expected))
        {
            Assert.True(programs.Maps.Waiting.TryDequeue(out MapRecord value));
            Assert.Equal((expected.Kind, expected.Value), (value.Kind, value.Value));
        }

        while (DataMapPrograms.Pile.TryPop(out ulong expected))
        {
            Assert.True(programs.Maps.Pile.TryPop(out ulong value));
            Assert.Equal(expected, value);
        }

        Assert.False(programs.Maps.Waiting.TryPeek(out _));
        Assert.False(programs.Maps.Pile.TryPeek(out _));
    }

    [KernelFact]
    public void CountsOfEachProcessor()
    {
        // A map that drops what is oldest gives each processor a share of its room: one that is left has nothing for the next.
        using Oracle.Running.PinnedThread pinned = new();
        using DataMapPrograms programs = DataMapPrograms.Load();
        for (int i = 0; i < 300; i++)
        {
            (MapStep managed, MapStep kernel) = Run(programs, new MapStep { Operation = 8, Key = (uint)_random.Next(8), Value = (ulong)_random.Next(100) });
            Assert.Equal((1, 1), (managed.Result, kernel.Result));
        }

        // The runs may have been on any processor; .NET has one.
        Assert.Equal(
            DataMapPrograms.Counts.Select(static p => (p.Key, p.Value)).Order(),
            programs.Maps.Counts.Select(static p => (p.Key, Sum(p.Value))).Order());
        // The kernel makes room, as .NET does.
        for (uint key = 100; key < 400; key++) Assert.Equal(1, Run(programs, new MapStep { Operation = 8, Key = key, Value = 1 }).Kernel.Result);
        Assert.Equal(16, DataMapPrograms.Counts.Count);
        Assert.InRange(programs.Maps.Counts.Count(), 1, 16);
    }

    [KernelFact]
    public void RecordsThroughPerfBuffers()
    {
        using DataMapPrograms programs = DataMapPrograms.Load();
        for (byte i = 0; i < 100; i++)
        {
            byte[] packet = new byte[64];
            packet[0] = i;
            Assert.Equal((uint)DataMapPrograms.Report(new XdpContext(packet)), programs.Programs.Report.TestRun(packet).ReturnValue);
        }

        List<(byte, ulong)> expected = [], read = [];
        while (DataMapPrograms.Records.TryTake(out MapRecord record)) expected.Add((record.Kind, record.Value));
        Assert.True(programs.Maps.Records.Wait(Timeout.InfiniteTimeSpan));
        // Each processor has its own buffer, so the order among them is lost.
        Assert.Equal(100, programs.Maps.Records.Consume((int _, in MapRecord record) => read.Add((record.Kind, record.Value))));
        Assert.Equal(100, expected.Count);
        Assert.Equal(expected, read.Order());
        Assert.Equal(0, programs.Maps.Records.Lost);
    }

    [KernelFact(Minimum = "5.16")]
    public void FiltersForgetNothing()
    {
        using FilterPrograms programs = FilterPrograms.Load();
        for (uint i = 0; i < 500; i++)
        {
            (MapStep managed, MapStep kernel) = Run(programs, new MapStep { Key = i, Value = i * 7 });
            Assert.Equal((1, 1), (managed.Result, kernel.Result));
            Assert.True(programs.Maps.Seen.MayContain(new MapRecord { Kind = (byte)i, Value = i * 7 }));
        }

        int wrong = 0;
        for (uint i = 0; i < 500; i++)
        {
            (MapStep managed, MapStep kernel) = Run(programs, new MapStep { Operation = 1, Key = i, Value = (i * 7) + 1 });
            Assert.Equal(0, managed.Result);
            wrong += kernel.Result;
        }

        Assert.True(wrong < 100, $"{wrong} of 500 wrong");
        // What user space adds is there for the program.
        programs.Maps.Seen.Add(new MapRecord { Kind = 1, Value = 5000 });
        Assert.Equal(1, Run(programs, new MapStep { Operation = 1, Key = 1, Value = 5000 }).Kernel.Result);
    }

    [KernelTheory(Minimum = "6.1")]
    [InlineData(200u)]
    [InlineData(7u)]
    [InlineData(0u)]
    public void RecordsFromUserSpace(uint limit)
    {
        using UserRingPrograms programs = UserRingPrograms.Load();
        for (int round = 0; round < 3; round++)
        {
            for (int i = 0; i < 20; i++)
            {
                MapRecord record = new() { Kind = (byte)i, Value = (ulong)(1000 * (i + round)) };
                UserRingPrograms.Orders.Write(record);
                Assert.True(programs.Maps.Orders.TryWrite(record));
            }

            DrainState managed = new() { Limit = limit }, kernel = managed;
            Assert.Equal(UserRingPrograms.Take(new SyscallContext<DrainState>(ref managed)), (int)programs.Programs.Take.TestRun(ref kernel).ReturnValue);
            Assert.Equal(managed, kernel);
            Assert.True(kernel.Count > 0);
        }
    }

    [KernelFact(Minimum = "6.1")]
    public void FaultsAndShortRecordsFromUserSpace()
    {
        using UserRingPrograms programs = UserRingPrograms.Load();
        foreach (byte kind in (byte[])[1, 100, 2])
        {
            MapRecord record = new() { Kind = kind, Value = 99_000 };
            UserRingPrograms.Orders.Write(record);
            programs.Maps.Orders.TryWrite(record);
        }

        DrainState managed = new() { Limit = 255 }, kernel = managed;
        Assert.Throws<DivideByZeroException>(() => UserRingPrograms.Take(new SyscallContext<DrainState>(ref managed)));
        Assert.Equal(-5, (int)programs.Programs.Take.TestRun(ref kernel).ReturnValue);
        Assert.Equal(1ul, programs.Programs.Take.Faults);
        // The one that faulted is gone, the one behind it is there.
        Assert.Equal(1, UserRingPrograms.Take(new SyscallContext<DrainState>(ref managed)));
        Assert.Equal(1, (int)programs.Programs.Take.TestRun(ref kernel).ReturnValue);
        Assert.Equal(managed, kernel);
        Assert.Equal((1, -1), (kernel.Count, kernel.Left));

        // A record of another size, which .NET cannot have, counts as taken.
        programs.Maps.Orders.TryWrite(new byte[8]);
        programs.Maps.Orders.TryWrite(new MapRecord { Kind = 0, Value = 500 });
        kernel = new() { Limit = 255 };
        Assert.Equal(1, (int)programs.Programs.Take.TestRun(ref kernel).ReturnValue);
        Assert.Equal((2, -1, 5ul), (kernel.Count, kernel.Left, kernel.Sum));
    }

    private static (MapStep Managed, MapStep Kernel) Run(DataMapPrograms programs, MapStep step) =>
        Run(DataMapPrograms.Run, programs.Programs.Run, step);

    private static (MapStep Managed, MapStep Kernel) Run(FilterPrograms programs, MapStep step) =>
        Run(FilterPrograms.Run, programs.Programs.Run, step);

    private static (MapStep Managed, MapStep Kernel) Run(Func<XdpContext, XdpAction> managed, BpfProgram kernel, MapStep step)
    {
        byte[] packet = MemoryMarshal.AsBytes(new ReadOnlySpan<MapStep>(in step)).ToArray(), output = new byte[packet.Length];
        Assert.Equal((uint)XdpAction.Pass, kernel.TestRun(packet, output, [], out _).ReturnValue);
        Assert.Equal(XdpAction.Pass, managed(new XdpContext(packet)));
        return (MemoryMarshal.Read<MapStep>(packet), MemoryMarshal.Read<MapStep>(output));
    }

    private static ulong Sum(ulong[] values) => values.Aggregate(0ul, static (sum, value) => sum + value);

    private static void Clear()
    {
        DataMapPrograms.Waiting.Clear();
        DataMapPrograms.Pile.Clear();
        DataMapPrograms.Counts.Clear();
        FilterPrograms.Seen.Clear();
        DrainState all = new() { Limit = 255 };
        while (UserRingPrograms.Orders.Count > 0) UserRingPrograms.Take(new SyscallContext<DrainState>(ref all));
    }
}
