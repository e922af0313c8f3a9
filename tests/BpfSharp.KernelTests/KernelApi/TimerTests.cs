using BpfSharp.Kernel;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>Timers in map values, in .NET and in the kernel.</summary>
public sealed class TimerTests : IDisposable
{
    public TimerTests() => Clear();

    public void Dispose() => Clear();

    [KernelFact(Minimum = "5.15")]
    public void AsInDotNet()
    {
        using TimerPrograms programs = TimerPrograms.Load();
        ulong now = 0;
        KernelSimulation.Current = new KernelSimulation { Clock = () => now };
        foreach (int size in (int[])[100, 100, 100, 100, 100, 128, 100])
        {
            Assert.Equal(TimerPrograms.Filter(new XdpContext(new byte[size])), Run(programs, size));
            ulong before = TimerPrograms.callbacks;
            now += 2_000_000;
            KernelSimulation.Current.RunTimers();
            Wait(() => programs.Globals.Callbacks == TimerPrograms.callbacks);
            Assert.Equal(size % 64 == 0 ? before : before + 1, TimerPrograms.callbacks);
            // The third packet's callback divides by zero, which ends it.
            Assert.Equal(TimerPrograms.Sessions.Single(p => p.Key == size).Value.Expired, programs.Maps.Sessions[(uint)size].Expired);
        }
    }

    [KernelFact(Minimum = "5.15")]
    public void AreStoppedBeforeTheyRunOut()
    {
        using TimerPrograms programs = TimerPrograms.Open(o => o.Constants.Delay = 3_600_000_000_000).Load();
        Run(programs, 70);
        Assert.Equal(XdpAction.Drop, Run(programs, 128));
        Assert.Equal(0u, programs.Globals.Cancelled);
        Assert.Equal(0ul, programs.Globals.Callbacks);
    }

    [KernelFact(Minimum = "5.15")]
    public void AreInArraysToo()
    {
        using TimerPrograms programs = TimerPrograms.Load();
        byte[] packet = new byte[64];
        for (uint i = 1; i <= 3; i++)
        {
            programs.Programs.Slot.TestRun(packet, [], [], out _);
            Wait(() => programs.Maps.Slots[1].Expired == i);
            TimerPrograms.Slot(new XdpContext(packet));
            KernelSimulation.Current.RunTimers();
            Assert.Equal(i, TimerPrograms.Slots[1].Expired);
        }
    }

    private static XdpAction Run(TimerPrograms programs, int size) => (XdpAction)programs.Programs.Filter.TestRun(new byte[size], new byte[256], [], out _).ReturnValue;

    /// <summary>Until the kernel has called back; a hang is the matrix's to end.</summary>
    private static void Wait(Func<bool> condition)
    {
        while (!condition()) Thread.Sleep(1);
    }

    private static void Clear()
    {
        TimerPrograms.Sessions.Clear();
        TimerPrograms.Slots.Clear();
        (TimerPrograms.callbacks, TimerPrograms.cancelled) = (0, 0);
        KernelSimulation.Current = new KernelSimulation();
    }
}
