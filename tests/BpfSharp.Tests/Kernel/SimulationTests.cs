using BpfSharp.Kernel;

namespace BpfSharp.Tests.Kernel;

/// <summary>What programs see of the kernel is what the test sets.</summary>
public sealed class SimulationTests
{
    [Fact]
    public void TheTaskAndTheClockAreSettable()
    {
        KernelSimulation.Current = new KernelSimulation
        {
            ProcessId = 7,
            ThreadId = 8,
            UserId = 9,
            GroupId = 10,
            ProcessorId = 3,
            Clock = () => 1234,
            Random = () => 99,
            Command = "a-name-of-20-letters",
        };
        Assert.Equal(7u, Bpf.CurrentProcessId);
        Assert.Equal(8u, Bpf.CurrentThreadId);
        Assert.Equal(9u, Bpf.CurrentUserId);
        Assert.Equal(10u, Bpf.CurrentGroupId);
        Assert.Equal(3u, Bpf.ProcessorId);
        Assert.Equal(1234ul, Bpf.KtimeNanoseconds);
        Assert.Equal(99u, Bpf.RandomUInt32);
        Assert.Equal(0, Bpf.CurrentCommand(out Comm16 command));
        Assert.Equal("a-name-of-20-le", command.ToString());
        Bpf.Print($"pid {Bpf.CurrentProcessId} in {255:x}");
        Assert.Equal("pid 7 in ff\n", KernelSimulation.Current.Trace);
    }

    [Fact]
    public async Task EachFlowHasItsOwn()
    {
        KernelSimulation.Current = new KernelSimulation { ProcessId = 1 };
        uint inner = await Task.Run(() =>
        {
            KernelSimulation.Current = new KernelSimulation { ProcessId = 2 };
            return Bpf.CurrentProcessId;
        });
        Assert.Equal(2u, inner);
        Assert.Equal(1u, Bpf.CurrentProcessId);
    }
}
