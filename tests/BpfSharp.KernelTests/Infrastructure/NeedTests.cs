namespace BpfSharp.KernelTests.Infrastructure;

public class NeedTests
{
    [Theory]
    [InlineData("5.10.0-32-cloud-amd64", 5, 10)]
    [InlineData("6.12.95+deb12-cloud-amd64", 6, 12)]
    [InlineData("7.2", 7, 2)]
    public void VersionIsTheFirstTwoNumbers(string release, int major, int minor) =>
        Assert.Equal(new Version(major, minor), KernelVersion.Parse(release));

    [Fact]
    public void EveryNeedHasAProbe()
    {
        // Without root the first probe answers for all, so this has teeth as root only; it never throws either way.
        foreach (KernelNeeds need in Enum.GetValues<KernelNeeds>().Where(n => n != KernelNeeds.None))
            Assert.Null(Record.Exception(() => NeedProbes.WhyMissing(need)));
    }
}
