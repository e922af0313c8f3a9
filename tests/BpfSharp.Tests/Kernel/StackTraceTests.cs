using BpfSharp.Kernel;

namespace BpfSharp.Tests.Kernel;

public sealed class StackTraceTests
{
    [Fact]
    public void TheSameStackHasTheSameNumber()
    {
        StackTraceMap stacks = new(1 << 20);
        PerfEventContext context = default;
        KernelSimulation.Current = new KernelSimulation { KernelStack = [3, 2, 1], UserStack = [0x40, 0x30] };
        int kernel = stacks.Capture(context), user = stacks.Capture(context, StackTraceFlags.User);
        Assert.Equal([3ul, 2, 1], stacks.GetFrames(kernel));
        Assert.Equal([0x40ul, 0x30], stacks.GetFrames(user));
        Assert.Equal(kernel, stacks.Capture(context));
        Assert.Equal([2ul, 1], stacks.GetFrames(stacks.Capture(context, (StackTraceFlags)1)));
        Assert.Equal(-14, stacks.Capture(context, (StackTraceFlags)3));
    }

    [Fact]
    public void APlaceThatIsTakenIsAnErrorUnlessReplaced()
    {
        StackTraceMap stacks = new(1);
        KernelSimulation.Current = new KernelSimulation { KernelStack = [1], UserStack = [2] };
        Assert.Equal(0, stacks.Capture(default(PerfEventContext)));
        Assert.Equal(-17, stacks.Capture(default(PerfEventContext), StackTraceFlags.User));
        Assert.Equal(0, stacks.Capture(default(PerfEventContext), StackTraceFlags.User | StackTraceFlags.Replace));
        Assert.Equal([2ul], stacks.GetFrames(0));
    }
}
