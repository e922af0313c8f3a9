using System.Runtime.InteropServices;
using BpfSharp.Kernel;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>Spin locks in map values: the verifier takes the programs, a fault inside releases the lock, and .NET computes the same.</summary>
public sealed class LockTests
{
    [KernelFact]
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
            int actual = InKernel(programs, ref step);
            Assert.True((expected, managed.Result) == (actual, step.Result), $"operation {step.Operation}: {(expected, managed.Result)} in .NET, {(actual, step.Result)} in the kernel");
            results.Add(actual);
        }

        Assert.Equal([-77, 0, 1, 2, 3, 4, 5, 6, 8, 9, 10], results.Order());
        for (uint i = 0; i < 4; i++) Assert.Equal((LockPrograms.Slots[i].Balance, LockPrograms.Slots[i].Changes), (programs.Maps.Slots[(int)i].Balance, programs.Maps.Slots[(int)i].Changes));
    }

    [KernelFact]
    public void ManyProcessorsLoseNothing()
    {
        using LockPrograms programs = LockPrograms.Load();
        programs.Maps.Accounts.Set(1, new Account { Balance = 40_000 });
        Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ =>
        {
            for (int i = 0; i < 5000; i++)
            {
                LockStep step = new() { Operation = 1, Key = 1, Amount = 2 };
                InKernel(programs, ref step);
            }
        });
        Assert.Equal((0L, 20_000u), (programs.Maps.Accounts[1].Balance, programs.Maps.Accounts[1].Changes));
    }

    private static int InKernel(LockPrograms programs, ref LockStep step)
    {
        Span<LockStep> packet = [step];
        int result = (int)programs.Programs.Run.TestRun(MemoryMarshal.AsBytes(packet), MemoryMarshal.AsBytes(packet), [], out _).ReturnValue;
        step = packet[0];
        return result;
    }

    private static int InDotNet(ref LockStep step)
    {
        byte[] packet = MemoryMarshal.AsBytes<LockStep>([step]).ToArray();
        try
        {
            return (int)LockPrograms.Run(new XdpContext(packet));
        }
        catch (Exception e) when (e is DivideByZeroException or IndexOutOfRangeException)
        {
            return -77;
        }
        finally
        {
            step = MemoryMarshal.Read<LockStep>(packet);
        }
    }
}
