using BpfSharp.Kernel;

namespace BpfSharp.Tests.Kernel;

/// <summary>What maps of kernel objects are in .NET, where there are no kernel objects but the current task.</summary>
public sealed class StorageTests
{
    [Fact]
    public void ValuesOfTheCurrentTaskInDotNet()
    {
        TaskStorage<ulong> storage = new();
        KernelSimulation simulation = KernelSimulation.Current = new KernelSimulation { ThreadId = 1 };
        Assert.False(storage.TryGetRef(out Ref<ulong> value));
        Assert.False(value.HasValue);
        Assert.False(storage.Remove());
        Assert.True(storage.TryGetOrAdd(40, out value));
        value.Value++;
        Assert.True(storage.TryGetOrAdd(50, out value));
        Assert.Equal(41ul, value.Value);
        simulation.ThreadId = 2;
        Assert.True(storage.TryGetOrAdd(out value));
        Assert.Equal(0ul, value.Value);
        Assert.True(storage.Remove());
        Assert.False(storage.TryGetRef(out _));
        simulation.ThreadId = 1;
        Assert.True(storage.TryGetRef(out value));
        Assert.Equal(41ul, value.Value);
    }

    [Fact]
    public void PerfBuffersKeepTheOrder()
    {
        PerfEventArray<int> records = new();
        for (int i = 0; i < 3; i++) Assert.True(records.Output(new XdpContext([]), i));
        Assert.Equal(3, records.Count);
        for (int i = 0; i < 3; i++) Assert.Equal((true, i), (records.TryTake(out int record), record));
        Assert.False(records.TryTake(out _));
    }

    [Fact]
    public void OneReaderAtATime()
    {
        UserRingBuffer<int> ring = new(4096);
        ring.Write(1);
        ring.Write(2);
        s_ring = ring;
        int seen = 0;
        Assert.Equal(1, ring.Drain(ref seen, static (in record, ref s) =>
        {
            s = s_ring!.Drain(ref s, static (in _, ref _) => true);
            return false;
        }));
        Assert.Equal((-16, 1), (seen, ring.Count));
    }

    private static UserRingBuffer<int>? s_ring;

    [Fact]
    public void TasksInControlGroupsInDotNet()
    {
        CgroupArray groups = new(3);
        groups.Set(1, true);
        Assert.Equal((false, true, false), (groups.ContainsCurrentTask(0), groups.ContainsCurrentTask(1), groups.ContainsCurrentTask(99)));
    }
}
