using BpfSharp.Kernel;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>The same map operations through the same method, in .NET and in the kernel: equal results and contents.</summary>
public sealed class MapParityTests : IDisposable
{
    private const int Steps = 3000;
    private readonly Random _random = new(3);

    public MapParityTests() => Clear();

    public void Dispose() => Clear();

    [KernelFact(Minimum = "5.14")]
    public void EveryOperation()
    {
        using MapPrograms programs = MapPrograms.Open(o => o.Globals.Level = 6).Load();
        MapPrograms.level = 6;
        for (int i = 0; i < Steps; i++)
        {
            // More keys than the table has room for, and slots that do not exist.
            var step = new MapStep { Operation = _random.Next(9), Key = (uint)_random.Next(10), Value = (ulong)_random.Next(1000) };
            MapStep managed = step;
            MapStep kernel = step;
            int result = MapPrograms.Run(new SyscallContext<MapStep>(ref managed));
            Assert.Equal(result, (int)programs.Programs.Run.TestRun(ref kernel).ReturnValue);
            Assert.Equal((managed.Result, managed.Value), (kernel.Result, kernel.Value));
        }

        Assert.Equal(MapPrograms.Table.Select(pair => (pair.Key, pair.Value)).Order(), programs.Maps.Table.Select(pair => (pair.Key, pair.Value)).Order());
        for (uint i = 0; i < 4; i++) Assert.Equal(MapPrograms.Slots[i], programs.Maps.Slots[(int)i]);
        Assert.Equal((ulong)Steps * 6, programs.Globals.Total);
        Assert.Equal(MapPrograms.total, programs.Globals.Total);
    }

    [KernelFact(Minimum = "5.14")]
    public void ConstantsAreSetBeforeTheLoad()
    {
        using MapPrograms programs = MapPrograms.Open(o => o.Constants.Step = 1000).Load();
        MapStep step = default;
        programs.Programs.Run.TestRun(ref step);
        Assert.Equal(1005ul, programs.Globals.Total);
        Assert.Equal(1000u, programs.Globals.Step);
        // And variables while the program is loaded.
        programs.Globals.Level = 10;
        programs.Programs.Run.TestRun(ref step);
        Assert.Equal(2015ul, programs.Globals.Total);
    }

    [KernelFact(Minimum = "5.14")]
    public void LostRecordsAreCountedWhereTheyAreLost()
    {
        using MapPrograms programs = MapPrograms.Load();
        (long managedLost, long kernelLost) = (MapPrograms.Records.Lost, 0);
        for (int i = 0; i < 2000; i++)
        {
            // Reserved and submitted, and copied in: both ways of losing one.
            var step = new MapStep { Operation = i % 2, Key = 1, Value = (ulong)i };
            MapStep managed = step;
            if (MapPrograms.Record(new SyscallContext<MapStep>(ref managed)) is 0 or -1) managedLost++;
            if ((int)programs.Programs.Record.TestRun(ref step).ReturnValue is 0 or -1) kernelLost++;
        }

        Assert.True(kernelLost > 1000, $"only {kernelLost} of 2000 were lost");
        Assert.Equal((managedLost, kernelLost), (MapPrograms.Records.Lost, programs.Maps.Records.Lost));
        // The variables of the class are where they were.
        Assert.Equal(0ul, programs.Globals.Total);
    }

    [KernelFact(Minimum = "5.14")]
    public void RecordsWakeTheReaderAsTheySay()
    {
        using MapPrograms programs = MapPrograms.Load();
        int woken = 0;
        Thread reader = new(() =>
        {
            programs.Maps.Records.Wait(Timeout.InfiniteTimeSpan);
            Interlocked.Increment(ref woken);
        });
        reader.Start();
        while (reader.ThreadState != ThreadState.WaitSleepJoin && reader.ThreadState != ThreadState.Running) Thread.Yield();
        Thread.Sleep(100);
        MapStep quiet = new() { Operation = 3, Key = 7 }, loud = new() { Operation = 4, Key = 8 };
        for (int i = 0; i < 3; i++) Assert.Equal(2u, programs.Programs.Record.TestRun(ref quiet).ReturnValue);
        Thread.Sleep(100);
        Assert.Equal(0, Volatile.Read(ref woken));
        Assert.Equal(1u, programs.Programs.Record.TestRun(ref loud).ReturnValue);
        reader.Join();
        List<byte> kinds = [];
        programs.Maps.Records.Consume((in MapRecord r) => kinds.Add(r.Kind));
        Assert.Equal([7, 7, 7, 8], kinds);
    }

    [KernelFact(Minimum = "5.14")]
    public void RecordsArriveInOrder()
    {
        using MapPrograms programs = MapPrograms.Load();
        for (int i = 0; i < 60; i++)
        {
            var step = new MapStep { Operation = i % 3, Key = (uint)i, Value = (ulong)i * 3 };
            MapStep managed = step;
            int result = MapPrograms.Record(new SyscallContext<MapStep>(ref managed));
            Assert.Equal(result, (int)programs.Programs.Record.TestRun(ref step).ReturnValue);
        }

        List<(byte, ulong)> kernel = [];
        programs.Maps.Records.Consume((in MapRecord record) => kernel.Add((record.Kind, record.Value)));
        List<(byte, ulong)> expected = [];
        while (MapPrograms.Records.TryTake(out MapRecord record)) expected.Add((record.Kind, record.Value));
        Assert.Equal(40, expected.Count);
        Assert.Equal(expected, kernel);
    }

    /// <summary>A record that is not submitted never arrives, whichever way the program leaves, and takes no room.</summary>
    [KernelFact(Minimum = "5.14")]
    public void RecordsThatAreForgottenAreDiscarded()
    {
        using MapPrograms programs = MapPrograms.Load();
        int arrived = 0;
        for (int i = 0; i < 600; i++)
        {
            var step = new MapStep { Operation = i % 7, Key = (uint)(i / 7 % 11), Value = (ulong)i };
            MapStep managed = step;
            int result = MapPrograms.Forget(new SyscallContext<MapStep>(ref managed));
            Assert.Equal(result, (int)programs.Programs.Forget.TestRun(ref step).ReturnValue);
            List<(byte, ulong)> kernel = [], expected = [];
            programs.Maps.Forgotten.Consume((in MapRecord record) => kernel.Add((record.Kind, record.Value)));
            while (MapPrograms.Forgotten.TryTake(out MapRecord record)) expected.Add((record.Kind, record.Value));
            Assert.Equal(expected, kernel);
            arrived += kernel.Count;
        }

        Assert.True(arrived > 200);
    }

    [KernelTheory(Minimum = "5.14")]
    [InlineData(0, 3u, false)]
    [InlineData(0, 4u, true)]
    [InlineData(0, uint.MaxValue, true)]
    [InlineData(1, 7u, false)]
    [InlineData(1, 0u, true)]
    [InlineData(2, 1u, false)]
    [InlineData(2, 2u, true)]
    public void WhereDotNetThrowsTheProgramEnds(int operation, uint key, bool faults)
    {
        using MapPrograms programs = MapPrograms.Load();
        programs.Maps.Table.Set(1, 50);
        MapPrograms.Table.Set(1, 50);
        var step = new MapStep { Operation = operation, Key = key, Value = 100 };
        MapStep managed = step;
        int expected = -77;
        bool thrown = false;
        try
        {
            expected = MapPrograms.Fault(new SyscallContext<MapStep>(ref managed));
        }
        catch (Exception exception) when (exception is IndexOutOfRangeException or DivideByZeroException or NullReferenceException)
        {
            thrown = true;
        }

        Assert.Equal(faults, thrown);
        Assert.Equal(expected, (int)programs.Programs.Fault.TestRun(ref step).ReturnValue);
    }

    private static void Clear()
    {
        MapPrograms.Table.Clear();
        MapPrograms.Slots.Clear();
        while (MapPrograms.Records.TryTake(out _))
        {
        }

        MapPrograms.total = 0;
        MapPrograms.level = 5;
    }
}
