using BpfSharp.KernelTests.Raw;

namespace BpfSharp.KernelTests.Infrastructure;

/// <summary>Runs after all other tests (see <see cref="LeakCheckLast"/>) and asserts that they left nothing.</summary>
[Collection(LeakCheckLast.Collection)]
public class LeakTests
{
    /// <summary>Class and method of the check that every run includes.</summary>
    internal static readonly string Check = $"{typeof(LeakTests).FullName}.{nameof(NothingOfOursIsLeft)}";

    [KernelFact]
    public void NothingOfOursIsLeft()
    {
        Assert.Empty(KernelObjects.HeldByThisProcess());
        Assert.Empty(Leftovers.Find(KernelSandbox.Prefix));

        // The kernel frees programs, maps and links some time after their last reference has gone, and other processes may be at work.
        List<string> unowned = [];
        for (int attempt = 0; attempt < 40; attempt++)
        {
            unowned = [.. KernelObjects.NewAndHeldByNobody()];
            if (unowned.Count == 0) break;
            Thread.Sleep(250);
        }

        Assert.Empty(unowned);
    }
}
