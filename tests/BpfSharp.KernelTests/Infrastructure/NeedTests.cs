namespace BpfSharp.KernelTests.Infrastructure;

public class NeedTests
{
    [Fact]
    public void EveryNeedHasAProbe()
    {
        // Without root the first probe answers for all, so this has teeth as root only; it never throws either way.
        foreach (KernelNeeds need in Enum.GetValues<KernelNeeds>().Where(n => n != KernelNeeds.None))
            Assert.Null(Record.Exception(() => NeedProbes.WhyMissing(need)));
    }
}
