using BpfSharp.Objects.Kernel;

namespace BpfSharp.Objects.Tests.Kernel;

public class KernelVersionTests
{
    [Theory]
    [InlineData("5.15", 5, 15, 0)]
    [InlineData("v6.1", 6, 1, 0)]
    [InlineData("6.18.3", 6, 18, 3)]
    [InlineData("6.1.0-13-amd64", 6, 1, 0)]
    [InlineData("5.10.262+", 5, 10, 262)]
    [InlineData(" 6.19-rc1 ", 6, 19, 0)]
    public void VersionsAreRead(string text, int major, int minor, int patch) =>
        Assert.Equal(new KernelVersion(major, minor, patch), KernelVersion.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("5.")]
    [InlineData("five.one")]
    [InlineData("5.15.")]
    [InlineData("5.15.1.2")]
    [InlineData("-5.15")]
    [InlineData("99999999999.1")]
    [InlineData(null)]
    public void OtherTextsAreRefused(string? text) => Assert.False(KernelVersion.TryParse(text, out _));

    [Fact]
    public void VersionsAreOrdered()
    {
        KernelVersion[] ordered = [new(4, 20), new(5, 2), new(5, 15), new(5, 15, 1), new(6, 0)];
        Assert.Equal(ordered, ordered.Reverse().Order());
        Assert.True(new KernelVersion(5, 2) < new KernelVersion(5, 15));
        Assert.True(new KernelVersion(5, 15) >= KernelVersion.DefaultMinimum);
        Assert.Equal(0x050f01u, new KernelVersion(5, 15, 1).Code);
        Assert.Equal("5.15", new KernelVersion(5, 15).ToString());
    }
}
