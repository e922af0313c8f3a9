using BpfSharp.Kernel;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>Spin locks in map values: the verifier takes the programs, a fault inside releases the lock, and .NET computes the same.</summary>
public sealed class LockTests
{
    [KernelFact(Minimum = "5.14")]
    public void SameAsInDotNet()
    {
        using LockPrograms programs = LockPrograms.Load();
        Random random = new(5);
        HashSet<int> results = [];
        for (int i = 0; i < 2000; i++)
        {
            LockStep step = new() { Operation = random.Next(7), Key = (uint)random.Next(6), Amount = random.Next(-3, 40) };
            LockStep managed = step;
            int expected = InDotNet(ref managed);
            int actual = (int)programs.Programs.Run.TestRun(ref step).ReturnValue;
            Assert.True((expected, managed.Result) == (actual, step.Result), $"operation {step.Operation}: {(expected, managed.Result)} in .NET, {(actual, step.Result)} in the kernel");
            results.Add(actual);
        }

        Assert.Equal([-77, 0, 1, 2, 3, 4, 5, 6, 8, 9, 10], results.Order());
        for (uint i = 0; i < 4; i++) Assert.Equal((LockPrograms.Slots[i].Balance, LockPrograms.Slots[i].Changes), (programs.Maps.Slots[(int)i].Balance, programs.Maps.Slots[(int)i].Changes));
    }

    [KernelFact(Minimum = "5.14")]
    public void ManyProcessorsLoseNothing()
    {
        using LockPrograms programs = LockPrograms.Load();
        programs.Maps.Accounts.Set(1, new Account { Balance = 40_000 });
        Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ =>
        {
            for (int i = 0; i < 5000; i++)
            {
                LockStep step = new() { Operation = 1, Key = 1, Amount = 2 };
                programs.Programs.Run.TestRun(ref step);
            }
        });
        Assert.Equal((0L, 20_000u), (programs.Maps.Accounts[1].Balance, programs.Maps.Accounts[1].Changes));
    }

    private static int InDotNet(ref LockStep step)
    {
        try
        {
            return LockPrograms.Run(new SyscallContext<LockStep>(ref step));
        }
        catch (Exception e) when (e is DivideByZeroException or IndexOutOfRangeException)
        {
            return -77;
        }
    }
}
