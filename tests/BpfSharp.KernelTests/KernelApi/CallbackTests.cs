using BpfSharp.Kernel;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>Callbacks, loops over numbers and counted faults: in .NET and in the kernel.</summary>
public sealed class CallbackTests : IDisposable
{
    public CallbackTests() => Clear();

    public void Dispose() => Clear();

    [KernelFact(Minimum = "5.14")]
    public void WalksAMap()
    {
        using CallbackPrograms programs = CallbackPrograms.Load();
        for (uint key = 1; key <= 9; key++)
        {
            CallbackPrograms.Table.Set(key, key * 10ul);
            programs.Maps.Table[key] = key * 10ul;
        }
        // No key is 50, so all are visited, whatever the order.
        CallbackCall managed = new() { Number = 50 }, kernel = managed;
        Assert.Equal(CallbackPrograms.Walk(new SyscallContext<CallbackCall>(ref managed)), (int)programs.Programs.Walk.TestRun(ref kernel).ReturnValue);
        Assert.Equal((9u, managed.Sum), (kernel.Visited, kernel.Sum));
        Assert.Equal(9u, managed.Visited);
        Assert.Equal(CallbackPrograms.Table.Select(static p => (p.Key, p.Value)).Order(), programs.Maps.Table.Select(static p => (p.Key, p.Value)).Order());
        Assert.Equal(8, CallbackPrograms.Table.Count);
    }

    [KernelFact(Minimum = "5.14")]
    public void WalksAnArrayInOrder()
    {
        using CallbackPrograms programs = CallbackPrograms.Load();
        for (uint i = 0; i < 16; i++) programs.Maps.Slots[(int)i] = CallbackPrograms.Slots[i] = i * 3;
        foreach (uint number in (uint[])[0, 100, 400, 600])
        {
            CallbackCall managed = new() { Number = number }, kernel = managed;
            CallbackPrograms.WalkSlots(new SyscallContext<CallbackCall>(ref managed));
            programs.Programs.WalkSlots.TestRun(ref kernel);
            Assert.Equal((managed.Visited, managed.Sum), (kernel.Visited, kernel.Sum));
        }
    }

    [KernelFact(Minimum = "5.14")]
    public void CountsFaults()
    {
        using CallbackPrograms programs = CallbackPrograms.Load();
        programs.Maps.Table[1] = 1;
        Assert.Equal(0ul, programs.Programs.Walk.Faults);
        CallbackCall call = default;
        for (int i = 0; i < 3; i++) Assert.Equal(-5, (int)programs.Programs.Walk.TestRun(ref call).ReturnValue);
        call.Number = 3;
        Assert.Equal(0, (int)programs.Programs.Walk.TestRun(ref call).ReturnValue);
        // The default oldest kernel has no bpf_loop: more than 2,048 rounds are a fault.
        call.Number = 2049;
        programs.Programs.Count.TestRun(ref call);
        Assert.Equal((3ul, 1ul, 0ul), (programs.Programs.Walk.Faults, programs.Programs.Count.Faults, programs.Programs.Harmless.Faults));
    }

    [KernelFact(Minimum = "5.14")]
    public void CountsNumbers()
    {
        using CallbackPrograms programs = CallbackPrograms.Load();
        foreach (uint number in (uint[])[0, 1, 7, 100, 1500, 1501, 2048])
        {
            CallbackCall managed = new() { Number = number }, kernel = managed;
            CallbackPrograms.Count(new SyscallContext<CallbackCall>(ref managed));
            Assert.Equal(0, (int)programs.Programs.Count.TestRun(ref kernel).ReturnValue);
            Assert.Equal(managed.Sum, kernel.Sum);
        }
    }

    [KernelFact(Minimum = "5.14")]
    public void FaultsAreNotCountedUnlessAskedFor()
    {
        using MapPrograms programs = MapPrograms.Load();
        Assert.Contains("CountFaults", Assert.Throws<InvalidOperationException>(() => programs.Programs.Run.Faults).Message, StringComparison.Ordinal);
    }

    private static void Clear()
    {
        CallbackPrograms.Table.Clear();
        CallbackPrograms.Slots.Clear();
    }
}
